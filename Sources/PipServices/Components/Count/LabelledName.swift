/// The name of a counter with labels, such as the dimensions of swift-metrics or the connection of a driver.
///
/// Counters that support labels, such as those for Prometheus, use ``name`` and ``labels``. All others use ``plain``.
/// Create a name once and reuse it, so that its parts are not joined at each measurement.
public struct LabelledName: Sendable {
    /// A label: its name and its value.
    public typealias Label = (name: String, value: String)

    /// The name without the labels.
    public let name: String
    /// The labels in display order.
    public let labels: [Label]
    /// The name for counters without labels.
    public let plain: String

    /// Creates a name.
    /// - Parameter plain: the name for counters without labels; by default the name and the label values, joined by
    ///   dots.
    public init(_ name: String, _ labels: [Label], plain: String? = nil) {
        self.name = name
        self.labels = labels
        self.plain = plain ?? ([name] + labels.map(\.value)).joined(separator: ".")
        key = ([name] + labels.flatMap { [$0.name, $0.value] }).joined(separator: "\u{1}")
    }

    // MARK: - Internal

    /// A unique key for the name and its labels.
    let key: String
}
