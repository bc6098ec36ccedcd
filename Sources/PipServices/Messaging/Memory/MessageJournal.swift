import FoundationEssentials

/// Stores the messages of an in-memory queue durably.
protocol MessageJournal: Sendable {
    /// Reads the stored messages. Must be called before all other calls, and again after a `close`.
    func load(_ context: Context) async throws -> [JournaledMessage]

    /// Stores changes in order, all or none. After it returns, they survive a crash.
    func append(_ context: Context, _ changes: [MessageChange]) async throws

    /// Waits for pending writes and releases the journal's resources. Does nothing if it is not loaded.
    func close(_ context: Context) async throws
}

/// A stored message of a ``MessageJournal``.
struct JournaledMessage: Sendable, Hashable {
    /// The message's number, unique in the queue.
    var number: Int64
    var message: MessageEnvelope
    /// The failure of a dead letter; nil for a waiting message.
    var failure: Failure?

    /// The reason and time of dead-lettering.
    struct Failure: Sendable, Hashable {
        var error: ErrorDescription
        var time: Date
    }
}

/// A change to a ``MessageJournal``.
enum MessageChange: Sendable, Hashable {
    /// Adds or replaces the message with its number.
    case put(JournaledMessage)
    /// Stores a message's delivery count.
    case delivered(Int64, count: Int)
    /// Removes a message.
    case remove(Int64)
}
