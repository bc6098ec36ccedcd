import PipServices

/// A logger that keeps what is logged, for tests.
public final class RecordingLogger: Logger, Component {
    /// A message that was logged.
    public struct Message: Sendable {
        /// How important it is.
        public let level: LogLevel
        /// The trace id of its context.
        public let traceId: String?
        /// The text.
        public let message: String
        /// The error that goes with it, as text.
        public let error: String?
        /// Values beside the message.
        public let fields: AnyValueMap
    }

    /// Messages that are less important than this are not kept.
    public let level: LogLevel
    private let log = Locked<[Message]>([])

    /// Creates a logger that keeps everything, or what is as important as `level`.
    public init(level: LogLevel = .trace) { self.level = level }

    /// What was logged, oldest first.
    public var messages: [Message] { log.current }

    /// Keeps a message.
    public func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
        guard isEnabled(level) else { return }
        let error = error.map { String(describing: $0) }
        log.withLock {
            $0.append(
                Message(level: level, traceId: context.traceId, message: message, error: error, fields: fields))
        }
    }
}
