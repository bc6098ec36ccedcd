/// Reads the properties of a dynamic value, one level deep (the toolkit's `ObjectReader`): the members of a map, or the
/// elements of an array under `0`, `1`, ...
///
/// Names are case-insensitive; an exact match is preferred. Convert a Swift value to a dynamic one with
/// ``AnyValue/init(reflecting:)`` or ``AnyValue/init(encoding:)``.
public enum ObjectReader {
    /// Returns the dynamic form of any Swift value (the toolkit's `getValue`); see ``AnyValue/init(reflecting:)``.
    /// - Throws: BadRequest `TOO_DEEP` or `TOO_LARGE`.
    public static func getValue(_ object: Any) throws(ApplicationError) -> AnyValue {
        try AnyValue(reflecting: object)
    }

    /// Returns true if the property exists, even if it is `.null`.
    public static func hasProperty(_ object: AnyValue, _ name: String) -> Bool { getProperty(object, name) != .none }

    /// Returns the value of a property, or nil.
    public static func getProperty(_ object: AnyValue, _ name: String) -> AnyValue? {
        switch object {
        case .map(let map): map.value(likeKey: name)
        case .array(let values):
            if let index = PropertyPath.index(name), index < values.count { values[index] } else { .none }
        default: .none
        }
    }

    /// Returns the names of all properties, in order. Empty for a single value.
    public static func getPropertyNames(_ object: AnyValue) -> [String] {
        switch object {
        case .map(let map): map.keys
        case .array(let values): values.indices.map { String($0) }
        default: []
        }
    }

    /// Returns all properties, in order.
    public static func getProperties(_ object: AnyValue) -> AnyValueMap { MapConverter.toMap(object) }
}

extension AnyValueMap {
    /// Returns the value under a key, or else under the first key that differs only in case.
    func value(likeKey key: String) -> AnyValue? {
        if let value = self[key] { return value }
        let folded = ScalarText(folding: key)
        return storage.first { ScalarText(folding: $0.key.text) == folded }?.value
    }
}
