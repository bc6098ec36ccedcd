/// The id of an item that JSON may leave out, since the item is yet to be created.
///
/// ```swift
/// struct Note: StringIdentifiable, Codable {
///     @GeneratedId var id = ""
///     var text: String
/// }
/// ```
/// Without the wrapper, Swift requires `id` in JSON whatever its default is. A missing or null id is decoded as an empty
/// one, for which a persistence generates an id; it is encoded as a string. Works with any encoder and decoder.
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

// The compiler's code for a type with such a property calls these.
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
