/// The body of a request, read from the network when it is first asked for, and kept.
public struct RestBody: Sendable {
    private enum State: Sendable {
        case unread(@Sendable () async throws -> [UInt8])
        case reading
        case read(Result<[UInt8], any Error>)
    }

    private let state: Locked<State>

    /// A body that is there already.
    public init(_ bytes: [UInt8] = []) { state = Locked(.read(.success(bytes))) }

    /// The bytes of the whole body.
    /// - Throws: BadRequest `REQUEST_TOO_LARGE` with status 413 for a body that is larger than the endpoint takes;
    ///   InvalidState `BODY_IN_USE` while another task reads it.
    public func bytes() async throws -> [UInt8] {
        let state = state.withLock { state in
            defer { if case .unread = state { state = .reading } }
            return state
        }
        switch state {
        case .read(let result): return try result.get()
        case .reading:
            throw ApplicationError.invalidState(code: "BODY_IN_USE", "The request's body is being read by another task")
        case .unread(let read):
            let result: Result<[UInt8], any Error>
            do { result = .success(try await read()) } catch { result = .failure(error) }
            self.state.withLock { $0 = .read(result) }
            return try result.get()
        }
    }

    /// The body as JSON; nil when it is empty.
    /// - Throws: BadRequest `InvalidContent`, as the Node edition's server calls it, with line and column, or as
    ///   ``bytes()``.
    public func json() async throws -> AnyValue? {
        let bytes = try await bytes()
        guard !bytes.isEmpty else { return nil }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw error.withCode("InvalidContent")
        }
    }

    // MARK: - Internal

    init(read: @escaping @Sendable () async throws -> [UInt8]) { state = Locked(.unread(read)) }

    static func tooLarge(limit: Int) -> ApplicationError {
        .badRequest(
            code: "REQUEST_TOO_LARGE", "The request's body is larger than \(limit) bytes",
            details: ["limit": .integer(Int64(limit))]
        ).withStatus(413)
    }
}
