/// The body of a request, read from the network when it is first asked for.
///
/// ``bytes()`` and ``json()`` read it whole, up to the size that the endpoint takes, and keep it; JSON is parsed once.
/// ``read(_:)`` takes a large one piece by piece.
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
    /// True if the body is refused as JSON for its content type, see ``CrossOriginBody``.
    var isTypeRequired = false

    /// A body that is there already.
    public init(_ bytes: [UInt8] = []) { content = Locked(Content(state: .read(.success(bytes)))) }

    /// The bytes of the whole body.
    /// - Throws: BadRequest `REQUEST_TOO_LARGE` with status 413 for a body that is larger than the endpoint takes;
    ///   InvalidState `OVERLOADED` with status 503 when the bodies of all requests take more memory than the endpoint
    ///   gives them; InvalidState `BODY_IN_USE` while another task reads it, or when it was read piece by piece.
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

    /// The body as JSON; nil when it is empty.
    /// - Throws: BadRequest `UNSUPPORTED_MEDIA_TYPE` with status 415 for a body of a web page without a JSON content type;
    ///   BadRequest `InvalidContent`, as the Node edition's server calls it, with line and column, or as
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

    /// Takes the body piece by piece, as it comes from the network and no faster than it is taken, whatever its size: an
    /// upload. It can be read once so.
    /// - Throws: InvalidState `BODY_IN_USE` when the body was read piece by piece before, or is being read; what `take`
    ///   throws; an error when the client is gone.
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

    /// The body as JSON once it was parsed: both a schema and a handler may read it.
    var parsed: AnyValue? {
        get { content.withLock { $0.json } }
        nonmutating set { content.withLock { $0.json = newValue } }
    }

    /// The body decompressed while it is read.
    /// - Parameter limit: the largest body that is read whole, for a body that is there already.
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

/// Where the bytes of a body come from.
struct RestBodySource: Sendable {
    /// The largest body that is read whole.
    let limit: Int
    /// What the bodies of all requests share.
    let budget: BodyBudget
    /// What the client says that it is; nil when it does not.
    let length: Int?
    /// How the bytes are encoded; nil if they are not. The sizes are those of the decoded body.
    var coding: ContentCoding?
    /// Gives the bytes as they come.
    let stream: @Sendable (_ take: ([UInt8]) async throws -> Void) async throws -> Void

    /// Pieces are gathered up to this size.
    private static let smallPiece = 4096

    init(
        limit: Int, budget: BodyBudget, length: Int?,
        stream: @escaping @Sendable (_ take: ([UInt8]) async throws -> Void) async throws -> Void
    ) {
        (self.limit, self.budget, self.length, self.stream) = (limit, budget, length, stream)
    }

    /// Passes the bytes on, decoded.
    /// - Parameter limit: the largest body.
    @inline(__always)
    func read(limit: Int = .max, _ take: ([UInt8]) async throws -> Void) async throws {
        guard let coding else { return try await stream(take) }
        let decoder = try ContentDecoder(coding, limit: limit)
        try await stream { try await decoder.decode($0, take) }
        try decoder.finish()
    }

    /// All of it, and its share of the budget, which is to be held as long as the bytes are; nil for a small one.
    @inline(__always)
    func whole() async throws -> (bytes: [UInt8], share: BodyBudget.Share?) {
        if coding == nil, let length, length > limit { throw RestBody.tooLarge(limit: limit) }
        // Put together at the end: a text that grows leaves behind what it was before, as much memory again.
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
            // A client may send byte by byte.
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
