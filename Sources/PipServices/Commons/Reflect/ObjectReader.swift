/// Reads the properties of a dynamic value, one level deep (the toolkit's `ObjectReader`): the members of a map, the
/// elements of an array under `0`, `1`, ...
///
/// Case does not count; a name in the same case is found first. A Swift value becomes a dynamic one by
/// ``AnyValue/init(reflecting:)`` or ``AnyValue/init(encoding:)``.
public enum ObjectReader {
    /// The dynamic form of any Swift value (the toolkit's `getValue`); see ``AnyValue/init(reflecting:)``.
    /// - Throws: BadRequest `TOO_DEEP` or `TOO_LARGE`.
    public static func getValue(_ object: Any) throws(ApplicationError) -> AnyValue {
        try AnyValue(reflecting: object)
    }

    /// True when there is a property, be it `.null`.
    public static func hasProperty(_ object: AnyValue, _ name: String) -> Bool { getProperty(object, name) != .none }

    /// The value of a property; nil when there is none.
    public static func getProperty(_ object: AnyValue, _ name: String) -> AnyValue? {
        switch object {
        case .map(let map): map.value(likeKey: name)
        case .array(let values):
            if let index = PropertyPath.index(name), index < values.count { values[index] } else { .none }
        default: .none
        }
    }

    /// The names of all properties, in order. A value that is neither map nor array has none.
    public static func getPropertyNames(_ object: AnyValue) -> [String] {
        switch object {
        case .map(let map): map.keys
        case .array(let values): values.indices.map { String($0) }
        default: []
        }
    }

    /// All properties, in order.
    public static func getProperties(_ object: AnyValue) -> AnyValueMap { MapConverter.toMap(object) }
}

extension AnyValueMap {
    /// The value under a key, else under the first one that differs in case only.
    func value(likeKey key: String) -> AnyValue? {
        if let value = self[key] { return value }
        let folded = ScalarText(folding: key)
        return storage.first { ScalarText(folding: $0.key.text) == folded }?.value
    }
}
