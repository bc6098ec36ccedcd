import FoundationEssentials

/// Keeps the messages of a queue in memory beyond the life of the process.
protocol MessageJournal: Sendable {
    /// Reads what is stored, before anything else is called; again after a `close`.
    func load(_ context: Context) async throws -> [JournaledMessage]

    /// Stores changes, all or none, in their order. When it returns, they survive a crash.
    func append(_ context: Context, _ changes: [MessageChange]) async throws

    /// Waits for what is being stored, and releases what the journal holds. Nothing happens if it is not loaded.
    func close(_ context: Context) async throws
}

/// A message that a ``MessageJournal`` keeps.
struct JournaledMessage: Sendable, Hashable {
    /// Identifies it in its queue.
    var number: Int64
    var message: MessageEnvelope
    /// Why and when it was given up; nil for one that waits.
    var failure: Failure?

    /// Why and when a message was given up.
    struct Failure: Sendable, Hashable {
        var error: ErrorDescription
        var time: Date
    }
}

/// A change of what a ``MessageJournal`` keeps.
enum MessageChange: Sendable, Hashable {
    /// Stores a message, in the place of the one with its number.
    case put(JournaledMessage)
    /// Notes how many times a message was received.
    case delivered(Int64, count: Int)
    /// Removes a message.
    case remove(Int64)
}
