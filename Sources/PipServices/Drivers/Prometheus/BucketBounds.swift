/// The upper bounds of a histogram's buckets in ascending order, without the last, unbounded bucket.
struct BucketBounds: SettingValue, Hashable {
    /// The maximum number of buckets: each is a series.
    static let limit = 100
    static var expectation: String { "1 to \(limit) ascending numbers, separated by commas" }

    let values: [Double]

    init(_ values: [Double]) { self.values = values }

    init?(settingText: String) {
        guard let values = [Double](settingText: settingText), (1...Self.limit).contains(values.count),
            zip(values, values.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.values = values
    }

    var settingText: String { values.settingText }

    static var isList: Bool { true }
}
