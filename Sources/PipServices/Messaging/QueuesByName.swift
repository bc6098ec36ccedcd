extension Dependencies where T == any MessageQueue {
    /// Returns the queue with a name.
    /// - Throws: NotFound `UNKNOWN_QUEUE`, suggesting the nearest name.
    func named(_ context: Context, _ name: String) throws(ApplicationError) -> any MessageQueue {
        let queues = callAsFunction()
        if let queue = queues.last(where: { $0.name.isSame(as: name) }) { return queue }
        throw .unknownQueue(context, name, among: queues.map(\.name))
    }
}
