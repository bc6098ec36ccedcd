/// The body of a request, read from the network on first use.
///
/// ``bytes()`` and ``json()`` read and cache the whole body, up to the endpoint's size limit; JSON is parsed once.
/// ``read(_:)`` reads a large body chunk by chunk.
public struct RestBody: Sendable {
    private enum State: Sendable {
        case unread(RestBodySource)
        case reading
        case read(Result<[UInt8], any Error>, BodyBudget.Share? = nil)
        case streamed
    }

    private struct Content: Sendable {
        var state: State
        var json: AnyValue?
    }

    private let content: Locked<Content>
    /// True if JSON requires a content type, see ``CrossOriginBody``.
    var isTypeRequired = false

    /// Creates a body from bytes in memory.
    public init(_ bytes: [UInt8] = []) { content = Locked(Content(state: .read(.success(bytes)))) }

    /// Returns the whole body.
    /// - Throws: BadRequest `REQUEST_TOO_LARGE` with status 413 for a body over the endpoint's limit; InvalidState
    ///   `OVERLOADED` with status 503 if the bodies of all requests exceed the endpoint's memory limit; InvalidState
    ///   `BODY_IN_USE` if another task is reading it, or it was read chunk by chunk.
    public func bytes() async throws -> [UInt8] {
        switch begin(.reading) {
        case .read(let result, _): return try result.get()
        case .reading, .streamed: throw Self.inUse
        case .unread(let source):
            do {
                let (bytes, share) = try await source.whole()
                content.withLock { $0.state = .read(.success(bytes), share) }
                return bytes
            } catch {
                content.withLock { $0.state = .read(.failure(error)) }
                throw error
            }
        }
    }

    /// Returns the body as JSON; nil if it is empty.
    /// - Throws: BadRequest `UNSUPPORTED_MEDIA_TYPE` with status 415 for a body from a web page without a JSON content
    ///   type; BadRequest `InvalidContent` (the code of the Node edition's server) with line and column; as
    ///   ``bytes()``.
    public func json() async throws -> AnyValue? {
        let bytes = try await bytes()
        guard !bytes.isEmpty else { return nil }
        if isTypeRequired { throw CrossOriginBody.refusal }
        if let parsed { return parsed }
        do {
            let value = try JSONParser.parse(bytes)
            parsed = value
            return value
        } catch {
            throw error.withCode("InvalidContent")
        }
    }

    /// Reads the body chunk by chunk, with back-pressure and without a size limit, for uploads. It can be read once.
    /// - Throws: InvalidState `BODY_IN_USE` if the body was or is being read chunk by chunk; errors of `take`; an error
    ///   if the client disconnects.
    public func read(_ take: ([UInt8]) async throws -> Void) async throws {
        switch begin(.streamed) {
        case .read(let result, _):
            let bytes = try result.get()
            if !bytes.isEmpty { try await take(bytes) }
        case .reading, .streamed: throw Self.inUse
        case .unread(let source): try await source.read(take)
        }
    }

    // MARK: - Internal

    /// The parsed JSON, cached because both a schema and a handler may read it.
    var parsed: AnyValue? {
        get { content.withLock { $0.json } }
        nonmutating set { content.withLock { $0.json = newValue } }
    }

    /// Returns the body with decompression on reading.
    /// - Parameter limit: the maximum size of a body that is read as a whole, for a body in memory.
    func decoded(_ coding: ContentCoding, limit: Int) -> RestBody {
        var source: RestBodySource
        switch content.withLock({ $0.state }) {
        case .unread(let unread): source = unread
        case .read(.success(let bytes), _):
            source = RestBodySource(limit: limit, budget: BodyBudget(limit: limit), length: nil) { take in
                if !bytes.isEmpty { try await take(bytes) }
            }
        case .read(.failure, _), .reading, .streamed: return self
        }
        source.coding = coding
        var body = RestBody(source)
        body.isTypeRequired = isTypeRequired
        return body
    }

    init(_ source: RestBodySource) { content = Locked(Content(state: .unread(source))) }

    private func begin(_ next: State) -> State {
        content.withLock { content in
            defer { if case .unread = content.state { content.state = next } }
            return content.state
        }
    }

    private static var inUse: ApplicationError {
        .invalidState(code: "BODY_IN_USE", "The request's body is being read, or was read piece by piece")
    }

    static func tooLarge(limit: Int) -> ApplicationError {
        .badRequest(
            code: "REQUEST_TOO_LARGE", "The request's body is larger than \(limit) bytes",
            details: ["limit": .integer(Int64(limit))]
        ).withStatus(413)
    }
}

/// The source of a body's bytes.
struct RestBodySource: Sendable {
    /// The maximum size of a body that is read as a whole.
    let limit: Int
    /// The memory budget shared by all request bodies.
    let budget: BodyBudget
    /// The declared length; nil if there is none.
    let length: Int?
    /// The content coding; nil if there is none. Sizes are those of the decoded body.
    var coding: ContentCoding?
    /// Passes on the bytes as they arrive.
    let stream: @Sendable (_ take: ([UInt8]) async throws -> Void) async throws -> Void

    /// Chunks are combined up to this size.
    private static let smallPiece = 4096

    init(
        limit: Int, budget: BodyBudget, length: Int?,
        stream: @escaping @Sendable (_ take: ([UInt8]) async throws -> Void) async throws -> Void
    ) {
        (self.limit, self.budget, self.length, self.stream) = (limit, budget, length, stream)
    }

    /// Passes on the decoded bytes.
    /// - Parameter limit: the maximum size of the body.
    @inline(__always)
    func read(limit: Int = .max, _ take: ([UInt8]) async throws -> Void) async throws {
        guard let coding else { return try await stream(take) }
        let decoder = try ContentDecoder(coding, limit: limit)
        try await stream { try await decoder.decode($0, take) }
        try decoder.finish()
    }

    /// Reads the whole body. Returns its share of the budget, to be held as long as the bytes; nil for a small body.
    @inline(__always)
    func whole() async throws -> (bytes: [UInt8], share: BodyBudget.Share?) {
        if coding == nil, let length, length > limit { throw RestBody.tooLarge(limit: limit) }
        // Joined at the end: an array that grows would leave copies behind.
        var pieces: [[UInt8]] = []
        var count = 0
        var share: BodyBudget.Share?
        try await read(limit: limit) { piece in
            let before = count
            count += piece.count
            guard count <= limit else { throw RestBody.tooLarge(limit: limit) }
            if count > BodyBudget.own {
                let used = share ?? BodyBudget.Share(budget)
                try used.take(count - max(before, BodyBudget.own))
                share = used
            }
            // A client may send single bytes.
            if let last = pieces.indices.last, pieces[last].count + piece.count <= Self.smallPiece {
                pieces[last] += piece
            } else {
                pieces.append(piece)
            }
        }
        if pieces.count == 1 { return (pieces[0], share) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for piece in pieces { bytes += piece }
        return (bytes, share)
    }
}
