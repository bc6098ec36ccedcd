/// The keys of the items in a data file, in the shortest form.
enum ItemKeys: Hashable, Sendable {
    /// Each key is the string field `id` of its item.
    case ids
    /// The keys are consecutive integers.
    case numbers(from: Int64)
    /// The keys are listed explicitly.
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

    /// Returns the key of an item; nil if it can't be determined.
    func key(of item: AnyValue, at place: Int) -> AnyValue? {
        switch self {
        case .ids: item["id"]
        case .numbers(let first): .integer(first &+ Int64(place))
        case .listed(let keys): place < keys.count ? keys[place] : .none
        }
    }

    /// The keys as encoded in a journal.
    var value: AnyValue {
        switch self {
        case .ids: "ids"
        case .numbers(let first): .integer(first)
        case .listed(let keys): .array(keys)
        }
    }

    /// Decodes keys; nil for the format of a later version.
    init?(_ value: AnyValue?) {
        switch value {
        case "ids": self = .ids
        case .integer(let first): self = .numbers(from: first)
        case .array(let keys): self = .listed(keys)
        default: return nil
        }
    }
}
