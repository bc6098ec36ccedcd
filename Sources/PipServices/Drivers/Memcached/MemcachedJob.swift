/// A ``MemcachedCall`` as the threads of a pool see it.
protocol MemcachedJob: AnyObject, Sendable {
    /// The reading of the clock at which the call times out.
    var deadline: Duration { get }
    /// True if no caller waits for the result any more.
    var isDone: Bool { get }
    /// Sends the request, waits for the reply and completes the call. Blocks the thread.
    func execute(on client: any MemcachedClient) throws(MemcachedFault)
    /// Completes the call with a failure, unless it is complete.
    func fail(_ fault: MemcachedFault)
    /// Completes the call with an error, unless it is complete.
    func fail(_ error: any Error)
}
