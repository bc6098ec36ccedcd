/// The name of a counter with labels, such as the dimensions of swift-metrics or the connection of a driver.
///
/// Counters that know labels, such as those for Prometheus, keep ``name`` and ``labels`` apart. All others count under
/// ``plain``. Compose it once and reuse it: that saves composing its parts at each measurement.
public struct LabelledName: Sendable {
    /// A label: its name and its value.
    public typealias Label = (name: String, value: String)

    /// The name without the labels.
    public let name: String
    /// The labels, in the order in which they are shown.
    public let labels: [Label]
    /// The name for counters without labels.
    public let plain: String

    /// Composes a name.
    /// - Parameter plain: the name for counters without labels; by default the name and the values of the labels, joined
    ///   by dots.
    public init(_ name: String, _ labels: [Label], plain: String? = nil) {
        self.name = name
        self.labels = labels
        self.plain = plain ?? ([name] + labels.map(\.value)).joined(separator: ".")
        key = ([name] + labels.flatMap { [$0.name, $0.value] }).joined(separator: "\u{1}")
    }

    // MARK: - Internal

    /// What tells the name and its labels from all others.
    let key: String
}
