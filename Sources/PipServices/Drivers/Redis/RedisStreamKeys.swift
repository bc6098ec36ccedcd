#if PIP_REDIS
/// The keys of a queue on a stream.
///
/// Each begins with what it is for, so that no name of a queue, a topic or a group makes the key of another.
struct RedisStreamKeys: Sendable, Hashable {
    let prefix: String
    let queue: String

    /// The consumer group of all receivers, and its only consumer.
    static let group = "receivers"

    /// The messages, and of those that were received the number of deliveries: the stream and its consumer group.
    var stream: String { "\(prefix)stream:\(queue)" }
    /// The ids of messages that are locked, by the time at which the lock ends.
    var locked: String { "\(prefix)locked:\(queue)" }
    /// The ids of messages that were received before and can be received again, by the time from which on they can.
    var ready: String { "\(prefix)ready:\(queue)" }
    /// The id of the oldest message of each group.
    var groups: String { "\(prefix)groups:\(queue)" }
    /// The group of each message that was received and has one.
    var members: String { "\(prefix)members:\(queue)" }
    /// Where lists of ids begin that wait for their group. The length keeps apart what a colon would not.
    var waiting: String { "\(prefix)waiting:\(queue.utf8.count):\(queue):" }
    /// The dead letters.
    var dead: String { "\(prefix)dead:\(queue)" }
    /// The options of the queue.
    var options: String { "\(prefix)options:\(queue)" }
    /// Exists while a sender waits for room.
    var full: String { "\(prefix)full:\(queue)" }
    /// The channel that wakes receivers and senders.
    var channel: String { "\(prefix)wake:\(queue)" }
    /// The names of all queues.
    var names: String { "\(prefix)queues" }

    /// The names of the queues that subscribe to a topic.
    static func topic(_ prefix: String, _ topic: String) -> String { "\(prefix)topic:\(topic)" }

    /// In the order in which the scripts name them.
    var all: [String] {
        [stream, locked, ready, groups, members, waiting, dead, options, full, channel, names]
    }
}
#endif
