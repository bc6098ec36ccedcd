#if PIP_REDIS
/// The Redis keys of a queue on a stream.
///
/// Each starts with its purpose, so that names of queues, topics and groups cannot collide.
struct RedisStreamKeys: Sendable, Hashable {
    let prefix: String
    let queue: String

    /// The consumer group of all receivers, also the name of its only consumer.
    static let group = "receivers"

    /// The stream and its consumer group: the messages and the delivery counts of received ones.
    var stream: String { "\(prefix)stream:\(queue)" }
    /// A sorted set: the ids of locked messages by the end of the lock.
    var locked: String { "\(prefix)locked:\(queue)" }
    /// A sorted set: the ids of messages to redeliver by the earliest time.
    var ready: String { "\(prefix)ready:\(queue)" }
    /// The id of the oldest message of each group.
    var groups: String { "\(prefix)groups:\(queue)" }
    /// The groups of received messages.
    var members: String { "\(prefix)members:\(queue)" }
    /// The prefix of the lists of ids that wait for their group. The length makes names with colons unambiguous.
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

    /// The queues that subscribe to a topic.
    static func topic(_ prefix: String, _ topic: String) -> String { "\(prefix)topic:\(topic)" }

    /// In the order that the scripts expect.
    var all: [String] {
        [stream, locked, ready, groups, members, waiting, dead, options, full, channel, names]
    }
}
#endif
