/// The keys of the items of a data file, told as shortly as may be.
enum ItemKeys: Hashable, Sendable {
    /// They are texts, and each is the item's field `id`.
    case ids
    /// They are whole numbers that follow one another.
    case numbers(from: Int64)
    /// They are these.
    case listed([AnyValue])

    init(_ entries: [StoredItems.Entry]) {
        if entries.allSatisfy({ $0.key.string != nil && $0.item["id"] == $0.key }) {
            self = .ids
        } else if case .integer(let first)? = entries.first?.key,
            entries.enumerated().allSatisfy({ $1.key == .integer(first &+ Int64($0)) })
        {
            self = .numbers(from: first)
        } else {
            self = .listed(entries.map(\.key))
        }
    }

    /// The key of an item; nil when it can't be told.
    func key(of item: AnyValue, at place: Int) -> AnyValue? {
        switch self {
        case .ids: item["id"]
        case .numbers(let first): .integer(first &+ Int64(place))
        case .listed(let keys): place < keys.count ? keys[place] : .none
        }
    }

    /// The keys as a journal notes them.
    var value: AnyValue {
        switch self {
        case .ids: "ids"
        case .numbers(let first): .integer(first)
        case .listed(let keys): .array(keys)
        }
    }

    /// Reads keys; nil for what a later version wrote.
    init?(_ value: AnyValue?) {
        switch value {
        case "ids": self = .ids
        case .integer(let first): self = .numbers(from: first)
        case .array(let keys): self = .listed(keys)
        default: return nil
        }
    }
}
