/// The id of an item, which may be missing in JSON because the item is not created yet.
///
/// ```swift
/// struct Note: StringIdentifiable, Codable {
///     @GeneratedId var id = ""
///     var text: String
/// }
/// ```
/// Without the wrapper, Swift requires `id` in JSON even if it has a default. A missing or null id is decoded as an
/// empty one, which a persistence replaces by a generated id; it is encoded as a string. Works with any encoder and
/// decoder.
@propertyWrapper
public struct GeneratedId: Sendable, Hashable {
    /// The id; empty until one is generated.
    public var wrappedValue: String

    /// Wraps an id.
    public init(wrappedValue: String = "") { self.wrappedValue = wrappedValue }
}

extension GeneratedId: Codable {
    /// Reads a string, or null as an empty id.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? "" : try container.decode(String.self)
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

// Called by the synthesized code of a type with such a property.
extension KeyedDecodingContainer {
    /// Reads an id that may be missing.
    public func decode(_ type: GeneratedId.Type, forKey key: Key) throws -> GeneratedId {
        GeneratedId(wrappedValue: try decodeIfPresent(String.self, forKey: key) ?? "")
    }
}

extension KeyedEncodingContainer {
    /// Writes an id.
    public mutating func encode(_ value: GeneratedId, forKey key: Key) throws {
        try encode(value.wrappedValue, forKey: key)
    }
}
