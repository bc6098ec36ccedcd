/// A logger whose level changes only with its settings and dependencies.
///
/// ``CompositeLogger`` caches the level of such loggers. It reads the level of all others for each message.
protocol SettledLogger: Logger {}
