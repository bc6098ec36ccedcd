import PipServices

/// A logger for tests that records all messages.
public final class RecordingLogger: Logger, Component {
    /// A recorded message.
    public struct Message: Sendable {
        /// The level of the message.
        public let level: LogLevel
        /// The trace id of its context.
        public let traceId: String?
        /// The message.
        public let message: String
        /// The description of the error, or nil.
        public let error: String?
        /// The additional values.
        public let fields: AnyValueMap
    }

    /// The level. Less important messages are not recorded.
    public let level: LogLevel
    private let log = Locked<[Message]>([])

    /// Creates a logger that records messages up to a level, all by default.
    public init(level: LogLevel = .trace) { self.level = level }

    /// The recorded messages, oldest first.
    public var messages: [Message] { log.current }

    /// Records a message.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level) else { return }
        let error = error.map { String(describing: $0) }
        log.withLock {
            $0.append(
                Message(level: level, traceId: context.traceId, message: message, error: error, fields: fields))
        }
    }
}
