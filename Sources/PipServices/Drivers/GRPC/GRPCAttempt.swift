#if PIP_GRPC
internal import GRPCCore
import Synchronization

/// The state of one attempt of a call: whether it reached a connection, and its final status.
final class GRPCAttempt: Sendable {
    /// The attempt that runs in this task.
    @TaskLocal static var current: GRPCAttempt?

    private let sent = Atomic<Bool>(false)
    private let gaveUp = Atomic<Bool>(false)
    private let ended = Locked<RPCError?>(nil)
    private let writeError = Locked<(any Error)?>(nil)

    /// True once the peer may have received a part of the call.
    var isSent: Bool { sent.load(ordering: .acquiring) }
    /// True if no connection was established in time.
    var isLate: Bool { gaveUp.load(ordering: .acquiring) }
    /// The final status; nil if none was recorded.
    var status: RPCError? { ended.current }
    /// The error thrown by the writer of the requests.
    var failureOfWriter: (any Error)? { writeError.current }

    func markSent() { sent.store(true, ordering: .releasing) }
    func markLate() { gaveUp.store(true, ordering: .releasing) }
    func note(_ status: RPCError) { ended.withLock { $0 = $0 ?? status } }
    func note(writer error: any Error) { writeError.withLock { $0 = $0 ?? error } }
}

/// Records that a call has a stream on a connection.
struct GRPCSendMarker: ClientInterceptor {
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next:
            (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        GRPCAttempt.current?.markSent()
        return try await next(request, context)
    }
}

/// The reason that an attempt failed.
struct GRPCAttemptError: Error {
    let status: RPCError
    /// False if the peer has not received the call.
    let isSent: Bool
    let address: String
    /// True if no connection was established in time.
    let isLate: Bool
}
#endif
