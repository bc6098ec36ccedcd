/// A list of dynamic values with typed getters (the toolkit's `AnyValueArray`): `array.getAsInteger(0)`.
///
/// An index out of range is treated as a missing value.
public struct AnyValueArray: Sendable, Hashable {
    /// The values.
    public var values: [AnyValue]

    /// Creates a list.
    public init(_ values: [AnyValue] = []) { self.values = values }

    /// Converts a value by the rules of ``ArrayConverter`` (the toolkit's `fromValue`): a map to its values, a single
    /// value to a list of one element, `.null` to an empty list.
    public init(value: AnyValue) { values = ArrayConverter.toArray(value) }

    /// Splits a string (the toolkit's `fromString`). Elements are not trimmed. An empty string results in one empty
    /// element.
    ///
    /// - Parameter removeDuplicates: drops empty elements. Despite its name it keeps duplicates, as in all editions.
    public init(parsing text: String, separator: Unicode.Scalar = ",", removeDuplicates: Bool = false) {
        values = text.parts(separatedBy: separator, omittingEmpty: removeDuplicates).map { .string(String($0)) }
    }

    /// The number of values.
    public var count: Int { values.count }

    /// True if there are no values.
    public var isEmpty: Bool { values.isEmpty }

    /// The value at `index`, or nil.
    public subscript(index: Int) -> AnyValue? {
        guard values.indices.contains(index) else { return nil }
        return values[index]
    }

    /// Sets the value at `index`. A gap past the end is filled with `.null`.
    ///
    /// - Returns: false, with nothing changed, if `index` is negative or more than 1,000 past the end.
    @discardableResult
    public mutating func put(_ index: Int, _ value: AnyValue) -> Bool { values.put(value, at: index) }

    /// Removes and returns the value at `index`, or nil.
    @discardableResult
    public mutating func remove(_ index: Int) -> AnyValue? {
        guard values.indices.contains(index) else { return nil }
        return values.remove(at: index)
    }

    /// Adds values at the end.
    public mutating func append(_ other: [AnyValue]) { values += other }

    /// Removes everything.
    public mutating func clear() { values.removeAll() }

    /// Replaces the elements with those of a value, by the rules of ``ArrayConverter``.
    public mutating func setAsObject(_ value: AnyValue) { values = ArrayConverter.toArray(value) }

    /// Returns true if one of the values matches `value`. Numbers and numeric strings are compared by value. `.null`
    /// matches only `.null`.
    public func contains(_ value: AnyValue) -> Bool { values.contains { $0.isAlike(value) } }

    /// Returns true if one of the values equals `value` after conversion to a type.
    public func containsAsType(_ type: TypeCode, _ value: AnyValue) -> Bool {
        values.contains { $0.equalsAsType(type, value) }
    }
}

extension AnyValueArray: TypedValues {
    /// Returns the value at `index`, or nil.
    public func value(for index: Int) -> AnyValue? { self[index] }
}

extension AnyValueArray: Sequence, ExpressibleByArrayLiteral, CustomStringConvertible, Codable {
    /// Iterates over the values in order.
    public func makeIterator() -> IndexingIterator<[AnyValue]> { values.makeIterator() }

    /// Creates a list from a literal.
    public init(arrayLiteral elements: AnyValue...) { values = elements }

    /// The elements joined by commas; `.null` is empty.
    public var description: String { StringConverter.toString(.array(values)) }

    /// Decodes a list.
    public init(from decoder: any Decoder) throws { values = try [AnyValue](from: decoder) }

    /// Encodes the list without a wrapper.
    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

extension [AnyValue] {
    // The maximum distance of a write past the end: a short index must not allocate megabytes.
    static let maxGap = 1000

    /// Sets the value at an index and fills a gap before it. Returns false if the index is negative or the gap too
    /// large.
    mutating func put(_ value: AnyValue, at index: Int) -> Bool {
        guard index >= 0, index - count <= Self.maxGap else { return false }
        if index < count {
            self[index] = value
        } else {
            append(contentsOf: repeatElement(.null, count: index - count))
            append(value)
        }
        return true
    }
}
