/// A logger whose level changes only together with its settings and dependencies.
///
/// ``CompositeLogger`` remembers the level of such loggers, and asks all others for theirs at each message.
protocol SettledLogger: Logger {}
