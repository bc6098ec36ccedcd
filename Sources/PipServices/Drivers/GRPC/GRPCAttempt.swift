#if PIP_GRPC
internal import GRPCCore
import Synchronization

/// What is known of one try of a call: whether it reached a connection, and the status with which it ended.
final class GRPCAttempt: Sendable {
    /// The try that runs in this task.
    @TaskLocal static var current: GRPCAttempt?

    private let sent = Atomic<Bool>(false)
    private let gaveUp = Atomic<Bool>(false)
    private let ended = Locked<RPCError?>(nil)
    private let writeError = Locked<(any Error)?>(nil)

    /// True as soon as the peer may have got something of the call.
    var isSent: Bool { sent.load(ordering: .acquiring) }
    /// True if there was no connection in time.
    var isLate: Bool { gaveUp.load(ordering: .acquiring) }
    /// The status, unless it was read otherwise.
    var status: RPCError? { ended.current }
    /// What the writer of the requests threw.
    var failureOfWriter: (any Error)? { writeError.current }

    func markSent() { sent.store(true, ordering: .releasing) }
    func markLate() { gaveUp.store(true, ordering: .releasing) }
    func note(_ status: RPCError) { ended.withLock { $0 = $0 ?? status } }
    func note(writer error: any Error) { writeError.withLock { $0 = $0 ?? error } }
}

/// Notes that a call has got a stream of a connection.
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

/// Why a try of a call failed.
struct GRPCAttemptError: Error {
    let status: RPCError
    /// False if the peer has not got the call.
    let isSent: Bool
    let address: String
    /// True if there was no connection in time.
    let isLate: Bool
}
#endif
