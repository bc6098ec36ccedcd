public import FoundationEssentials
public import PipServices

/// The item type of ``PersistenceContract``.
public struct PersistenceItem: StringIdentifiable, Codable, Hashable {
    /// A nested value.
    public struct Place: Codable, Hashable, Sendable {
        /// A string.
        public var city: String?
        /// A number.
        public var floor: Int?

        /// Creates a place.
        public init(city: String?, floor: Int?) {
            self.city = city
            self.floor = floor
        }
    }

    /// The id.
    public var id = ""
    /// A required string.
    public var key: String
    /// An optional string.
    public var name: String?
    /// An integer.
    public var number: Int?
    /// A number with a fraction.
    public var amount: Double?
    /// A Boolean.
    public var active: Bool?
    /// A date.
    public var time: Date?
    /// A list.
    public var tags: [String] = []
    /// A nested value.
    public var place: Place?

    /// Creates an item.
    public init(id: String = "", key: String) {
        self.id = id
        self.key = key
    }
}

extension PersistenceItem {
    /// `key`.
    public static let keyField = Field("key", \PersistenceItem.key)
    /// `name`.
    public static let nameField = Field("name", \PersistenceItem.name)
    /// `number`.
    public static let numberField = Field("number", \PersistenceItem.number)
    /// `amount`.
    public static let amountField = Field("amount", \PersistenceItem.amount)
    /// `active`.
    public static let activeField = Field("active", \PersistenceItem.active)
    /// `time`.
    public static let timeField = Field("time", \PersistenceItem.time)
    /// `tags`.
    public static let tagsField = Field("tags", \PersistenceItem.tags)
    /// `place.city`.
    public static let cityField = Field("place.city", \PersistenceItem.place?.city)
    /// `place.floor`.
    public static let floorField = Field("place.floor", \PersistenceItem.place?.floor)

    /// Items that cover all differences between values in filters and sorts.
    static let samples: [PersistenceItem] = [
        sample("1", "A", "Anna", 1, 1.5, true, 1000, ["red"], "Berlin", 1),
        sample("2", "A", "anna", 2, 2, false, 2000, ["red", "blue"], "Berlin", 2),
        sample("3", "B", "Bob", 3, nil, nil, nil, [], nil, nil),
        sample("4", "B", nil, nil, 0, true, 1000.5, ["blue"], "Bonn", nil),
        sample("5", "10", "10", 10, -1, false, 0, ["10"], nil, -1),
        sample("6", "9", "Ärger", 9, 0.1, true, -5000, ["Ärger", "red"], "Ürdingen", 3),
        sample("7", "", "", 0, 0, nil, nil, [""], "", 0),
        sample("8", "C", "annabel", -5, -1e300, false, 4e9, ["green", "Red"], "berlin", 1),
        sample("9", "C", "a\u{308}", 9_007_199_254_740_993, 1e300, true, 1000, ["red", "red"], "Bonn", nil),
        sample("a", "C", "Bob", 3, 3, nil, 2000, ["x.y", "x*y"], "Berlin", 2),
    ]

    private static func sample(
        _ id: String, _ key: String, _ name: String?, _ number: Int?, _ amount: Double?, _ active: Bool?,
        _ time: Double?, _ tags: [String], _ city: String?, _ floor: Int?
    ) -> PersistenceItem {
        var item = PersistenceItem(id: id, key: key)
        (item.name, item.number, item.amount, item.active, item.tags) = (name, number, amount, active, tags)
        item.time = time.map { Date(timeIntervalSince1970: $0) }
        if city != nil || floor != nil { item.place = Place(city: city, floor: floor) }
        return item
    }
}
