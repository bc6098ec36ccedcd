/// A ``MemcachedCall`` without its result type, for the threads of a pool.
protocol MemcachedJob: AnyObject, Sendable {
    /// The call's deadline, as a clock reading.
    var deadline: Duration { get }
    /// The server of the call, by its index in the configuration; nil for a call to several servers.
    var server: Int? { get }
    /// True if the caller no longer waits.
    var isDone: Bool { get }
    /// Sends the request and waits for the reply. Blocks the thread.
    func execute(on client: any MemcachedClient) throws(MemcachedFault)
    /// Returns the result of ``execute(on:)`` to the caller. Does nothing if there is none.
    func deliver()
    /// Makes ``execute(on:)`` end at its next wait for a server.
    func interrupt()
    /// Completes the call with a failure, unless it is complete.
    func fail(_ fault: MemcachedFault)
    /// Completes the call with an error, unless it is complete.
    func fail(_ error: any Error)
}

extension MemcachedJob {
    /// Nil.
    var server: Int? { nil }
}
