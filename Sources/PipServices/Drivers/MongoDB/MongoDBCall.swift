/// A ``MongoDBCall`` without its result type, for the threads of a pool.
protocol MongoDBJob: AnyObject, Sendable {
    /// The call's deadline, as a clock reading.
    var deadline: Duration { get }
    /// True if the caller no longer waits.
    var isDone: Bool { get }
    /// Executes the call and delivers its result. Blocks the thread.
    /// - Returns: the fault, if one occurred.
    func execute(_ source: any MongoDBClientSource, _ clock: any ClockSource) -> MongoDBFault?
    /// Completes the call with a failure, unless it is complete.
    func fail(_ fault: MongoDBFault)
    /// Completes the call with an error, unless it is complete.
    func fail(_ error: any Error)
}

/// The context of a call on its thread: a client and the remaining time.
final class MongoDBSession {
    let client: any MongoDBClient
    let context: Context
    /// True during a transaction, to which all commands then belong.
    var isInTransaction = false
    private let job: any MongoDBJob
    private let clock: any ClockSource

    init(_ client: any MongoDBClient, _ context: Context, _ job: any MongoDBJob, _ clock: any ClockSource) {
        (self.client, self.context, self.job, self.clock) = (client, context, job, clock)
    }

    /// The remaining time of the call, in milliseconds; at least 1.
    var remainingMilliseconds: Int64 { max(1, (job.deadline - clock.uptime).wholeMilliseconds) }

    /// - Throws: `abandoned` if the caller no longer waits.
    func checkIsAwaited() throws(MongoDBFault) {
        if job.isDone { throw MongoDBFault(.abandoned, "the caller stopped waiting") }
    }

    /// Executes a command, unless the caller no longer waits.
    func run(_ command: MongoDBCommand) throws(MongoDBFault) -> MongoDBReply {
        try checkIsAwaited()
        let reply = try MongoDBReply(try client.run(command))
        try reply.check()
        return reply
    }

    /// Creates and executes a command.
    func run(_ kind: MongoDBCommand.Kind, _ document: BSONValue) throws -> MongoDBReply {
        try run(try MongoDBCommand(kind, document))
    }
}

/// A pending call. The first of reply, deadline and cancellation completes it.
///
/// It holds its work, and so the data to store, only while its caller waits.
final class MongoDBCall<Value: Sendable>: MongoDBJob {
    typealias Work = @Sendable (MongoDBSession) throws -> Value

    private enum State {
        case new(Work)
        case waiting(CheckedContinuation<Value, any Error>, Work)
        /// Failed before the caller started waiting.
        case failed(any Error)
        case done
    }

    let deadline: Duration
    private let context: Context
    private let operation: String
    private let place: String
    private let state: Locked<State>

    init(_ context: Context, _ operation: String, _ place: String, deadline: Duration, _ work: @escaping Work) {
        (self.context, self.operation, self.place, self.deadline) = (context, operation, place, deadline)
        state = Locked(.new(work))
    }

    var isDone: Bool { state.withLock { if case .waiting = $0 { false } else { true } } }

    /// Accepts the caller's continuation. If the call has already failed, resumes it and returns false.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let error = state.withLock { state -> (any Error)? in
            switch state {
            case .new(let work):
                state = .waiting(continuation, work)
                return nil
            case .failed(let error): return error
            case .waiting, .done:
                return ApplicationError.internal(code: "WAITED_TWICE", "A call to MongoDB was awaited twice")
            }
        }
        if let error { continuation.resume(throwing: error) }
        return error == nil
    }

    func execute(_ source: any MongoDBClientSource, _ clock: any ClockSource) -> MongoDBFault? {
        let work = state.withLock { state -> Work? in
            if case .waiting(_, let work) = state { work } else { nil }
        }
        guard let work else { return MongoDBFault(.abandoned, "the caller stopped waiting") }
        do {
            let value = try source.withClient { client in
                try work(MongoDBSession(client, context, self, clock))
            }
            complete()?.resume(returning: value)
            return nil
        } catch let fault as MongoDBFault {
            fail(fault)
            return fault
        } catch let fault as BSONFault {
            fail(fault.error(context))
        } catch {
            fail(error)
        }
        // It says nothing about the server.
        return MongoDBFault(.refused, "nothing was sent")
    }

    func fail(_ fault: MongoDBFault) { fail(fault.error(context, operation, place)) }

    func fail(_ error: any Error) { complete(.failed(error))?.resume(throwing: error) }

    // MARK: - Internal

    /// Returns the continuation, once.
    /// - Parameter early: the next state if the caller is not waiting yet.
    private func complete(_ early: State = .done) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            switch state {
            case .waiting(let continuation, _):
                state = .done
                return continuation
            case .new:
                state = early
                return nil
            case .failed, .done: return nil
            }
        }
    }
}
