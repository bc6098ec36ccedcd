/// The body of a request or a response: bytes that are there, or that come piece by piece.
///
/// ```swift
/// for try await piece in response.body { ... }
/// let bytes = try await response.body.collect(upTo: 1_048_576)
/// ```
/// A streamed body is read once. One that is dropped before its end stops the transfer.
public struct HTTPBody: Sendable, AsyncSequence {
    /// A piece.
    public typealias Element = [UInt8]

    enum Source: Sendable {
        case bytes([UInt8])
        case stream(@Sendable () async throws -> [UInt8]?)
    }

    let source: Source
    /// The number of bytes; nil when it is not known.
    public let length: Int?

    /// A body that is there.
    public init(_ bytes: [UInt8] = []) {
        source = .bytes(bytes)
        length = bytes.count
    }

    /// A body that comes piece by piece.
    ///
    /// - Parameters:
    ///   - length: the number of bytes where it is known. A request without one is sent in chunks, which services of the
    ///     Python edition do not take.
    ///   - next: gives the next piece, nil at the end. It is not asked by two tasks at once.
    public init(length: Int? = nil, next: @escaping @Sendable () async throws -> [UInt8]?) {
        source = .stream(next)
        self.length = length
    }

    /// The bytes, when they are there.
    public var bytes: [UInt8]? { if case .bytes(let bytes) = source { bytes } else { nil } }

    /// The whole body.
    /// - Throws: NoResponse `RESPONSE_TOO_LARGE` when there are more bytes than `limit`; what reading throws.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        // Nothing is read of a body that is known to be too large.
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

    /// Reads a body piece by piece.
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

        /// The next piece, nil at the end.
        public mutating func next() async throws -> [UInt8]? {
            if let read { return try await read() }
            defer { rest = nil }
            return rest
        }
    }

    /// Starts to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source) }

    // MARK: - Internal

    /// The whole body of a request.
    /// - Throws: BadRequest `BODY_LENGTH` if it is not as long as it declares, without reading on; what reading throws.
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

    /// Whether it can be sent a second time.
    var isRepeatable: Bool { bytes != nil }

    var isEmpty: Bool { length == 0 }
}
