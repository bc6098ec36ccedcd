/// The body of a request or a response: in memory, or streamed.
///
/// ```swift
/// for try await piece in response.body { ... }
/// let bytes = try await response.body.collect(upTo: 1_048_576)
/// ```
/// A streamed body can be read once. Releasing it before its end stops the transfer.
public struct HTTPBody: Sendable, AsyncSequence {
    /// A chunk.
    public typealias Element = [UInt8]

    enum Source: Sendable {
        case bytes([UInt8])
        case stream(@Sendable () async throws -> [UInt8]?)
    }

    let source: Source
    /// The number of bytes; nil if unknown.
    public let length: Int?

    /// Creates a body from bytes in memory.
    public init(_ bytes: [UInt8] = []) {
        source = .bytes(bytes)
        length = bytes.count
    }

    /// Creates a streamed body.
    ///
    /// - Parameters:
    ///   - length: the number of bytes, if known. Without it, a request uses chunked transfer coding, which services of
    ///     the Python edition do not accept.
    ///   - next: returns the next chunk, nil at the end. It is never called concurrently.
    public init(length: Int? = nil, next: @escaping @Sendable () async throws -> [UInt8]?) {
        source = .stream(next)
        self.length = length
    }

    /// The bytes if they are in memory; nil for a streamed body.
    public var bytes: [UInt8]? { if case .bytes(let bytes) = source { bytes } else { nil } }

    /// Reads the whole body.
    /// - Throws: NoResponse `RESPONSE_TOO_LARGE` if it exceeds `limit` bytes; errors of reading.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        // A body that is known to be too large is not read at all.
        if let length, length > limit { throw HTTPFailure.tooLarge(limit) }
        if let bytes {
            all = bytes
        } else {
            for try await piece in self {
                guard piece.count <= limit - all.count else { throw HTTPFailure.tooLarge(limit) }
                all += piece
            }
        }
        guard all.count <= limit else { throw HTTPFailure.tooLarge(limit) }
        return all
    }

    /// Reads a body chunk by chunk.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var rest: [UInt8]?
        private let read: (@Sendable () async throws -> [UInt8]?)?

        init(_ source: Source) {
            switch source {
            case .bytes(let bytes):
                rest = bytes.isEmpty ? nil : bytes
                read = nil
            case .stream(let next): read = next
            }
        }

        /// Returns the next chunk, nil at the end.
        public mutating func next() async throws -> [UInt8]? {
            if let read { return try await read() }
            defer { rest = nil }
            return rest
        }
    }

    /// Returns an iterator over the chunks.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source) }

    // MARK: - Internal

    /// Reads the whole body of a request.
    /// - Throws: BadRequest `BODY_LENGTH` as soon as it differs from the declared length; errors of reading.
    func collectDeclared(_ context: Context) async throws -> [UInt8] {
        if let bytes { return bytes }
        var all: [UInt8] = []
        for try await piece in self {
            all += piece
            guard all.count <= length ?? .max else { break }
        }
        guard length == nil || length == all.count else { throw HTTPFailure.bodyLength(length ?? 0, context) }
        return all
    }

    /// True if the body can be sent again.
    var isRepeatable: Bool { bytes != nil }

    var isEmpty: Bool { length == 0 }
}
