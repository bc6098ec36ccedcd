/// A list of dynamic values with the getters of the toolkit (the toolkit's `AnyValueArray`): `array.getAsInteger(0)`.
///
/// An index that is not there gives what a missing value gives.
public struct AnyValueArray: Sendable, Hashable {
    /// The values.
    public var values: [AnyValue]

    /// Creates a list.
    public init(_ values: [AnyValue] = []) { self.values = values }

    /// Converts a value by the rules of ``ArrayConverter`` (the toolkit's `fromValue`): a map gives its values, a
    /// single value a list of itself, `.null` an empty list.
    public init(value: AnyValue) { values = ArrayConverter.toArray(value) }

    /// Splits text (the toolkit's `fromString`). Nothing is trimmed. Empty text gives one empty element.
    ///
    /// - Parameter removeDuplicates: drops empty elements. Despite the name, equal ones stay, as in all editions.
    public init(parsing text: String, separator: Unicode.Scalar = ",", removeDuplicates: Bool = false) {
        values = text.parts(separatedBy: separator, omittingEmpty: removeDuplicates).map { .string(String($0)) }
    }

    /// How many values there are.
    public var count: Int { values.count }

    /// True when there is no value.
    public var isEmpty: Bool { values.isEmpty }

    /// The value at `index`; nil when there is none.
    public subscript(index: Int) -> AnyValue? {
        guard values.indices.contains(index) else { return nil }
        return values[index]
    }

    /// Puts a value at `index`. Behind the end, the gap is filled with `.null`.
    ///
    /// - Returns: false, with nothing changed, when `index` is negative or more than 1,000 behind the end.
    @discardableResult
    public mutating func put(_ index: Int, _ value: AnyValue) -> Bool { values.put(value, at: index) }

    /// Removes the value at `index` and gives it back; nil when there is none.
    @discardableResult
    public mutating func remove(_ index: Int) -> AnyValue? {
        guard values.indices.contains(index) else { return nil }
        return values.remove(at: index)
    }

    /// Adds values at the end.
    public mutating func append(_ other: [AnyValue]) { values += other }

    /// Removes everything.
    public mutating func clear() { values.removeAll() }

    /// Takes over the elements of a value, by the rules of ``ArrayConverter``.
    public mutating func setAsObject(_ value: AnyValue) { values = ArrayConverter.toArray(value) }

    /// True when one of the values is `value`: numbers by their value, also in text. `.null` is only like `.null`.
    public func contains(_ value: AnyValue) -> Bool { values.contains { $0.isAlike(value) } }

    /// True when one of the values equals `value` after both were converted to a kind.
    public func containsAsType(_ type: TypeCode, _ value: AnyValue) -> Bool {
        values.contains { $0.equalsAsType(type, value) }
    }
}

extension AnyValueArray: TypedValues {
    /// The value at `index`, or nil.
    public func value(for index: Int) -> AnyValue? { self[index] }
}

extension AnyValueArray: Sequence, ExpressibleByArrayLiteral, CustomStringConvertible, Codable {
    /// Iterates over the values in order.
    public func makeIterator() -> IndexingIterator<[AnyValue]> { values.makeIterator() }

    /// Writes a list as a literal.
    public init(arrayLiteral elements: AnyValue...) { values = elements }

    /// The elements joined by commas, nothing for `.null`.
    public var description: String { StringConverter.toString(.array(values)) }

    /// Reads a list.
    public init(from decoder: any Decoder) throws { values = try [AnyValue](from: decoder) }

    /// Writes the list itself, without a wrapper.
    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

extension [AnyValue] {
    // How far behind its end a list may be written to: an index is only a few characters, and must not cost megabytes.
    static let maxGap = 1000

    /// Puts a value at an index, filling a gap before it; false when the index is negative or the gap too large.
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
