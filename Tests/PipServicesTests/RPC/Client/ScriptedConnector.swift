import PipServices

/// Answers requests by a closure, and keeps them.
final class ScriptedConnector: HTTPConnector, Component {
    private let answer: @Sendable (Int, HTTPClientRequest) async throws -> HTTPClientResponse
    private let kept = Locked<[HTTPClientRequest]>([])

    /// - Parameter answer: is told how many requests came before.
    init(_ answer: @escaping @Sendable (Int, HTTPClientRequest) async throws -> HTTPClientResponse) {
        self.answer = answer
    }

    var requests: [HTTPClientRequest] { kept.current }

    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let count = kept.withLock { kept in
            kept.append(request)
            return kept.count - 1
        }
        return try await answer(count, request)
    }
}

extension HTTPClientResponse {
    init(_ status: Int, _ text: String) { self.init(status: status, body: HTTPBody(Array(text.utf8))) }
}
