/// Variables by case-insensitive name, in insertion order (the toolkit's `VariableCollection`). A value type.
public struct VariableCollection: Sendable, Hashable {
    /// The names in their first spelling, in order.
    public private(set) var names: [String] = []

    /// The names in lower case, for look-ups.
    private var keys: [ScalarText] = []
    private var values: [Variant] = []
    /// The index of each name. Used only in larger collections: a few short names are compared faster than hashed.
    private var positions: [ScalarText: Int] = [:]
    private static let few = 8

    /// Creates an empty collection.
    public init() {}

    /// Creates a collection from the members of a map.
    public init(_ map: AnyValueMap) {
        for (name, value) in map { self[name] = Variant(value) }
    }

    /// The value of a variable, or nil. Setting a value adds the variable; setting nil removes it.
    public subscript(name: String) -> Variant? {
        get { position(ScalarText(folding: name)).map { values[$0] } }
        set {
            let key = ScalarText(folding: name)
            switch (position(key), newValue) {
            case (let position?, let value?): values[position] = value
            case (nil, let value?): append(name, key, value)
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// The number of variables.
    public var count: Int { names.count }

    /// Sets all values to null. The variables are kept.
    public mutating func clearValues() {
        for index in values.indices { values[index] = .null }
    }

    /// Removes all variables.
    public mutating func removeAll() { self = Self() }

    // MARK: - Internal

    /// Returns the value of a lower-case name.
    func value(key: ScalarText) -> Variant? { position(key).map { values[$0] } }

    private func position(_ key: ScalarText) -> Int? {
        keys.count <= Self.few ? keys.firstIndex(of: key) : positions[key]
    }

    private mutating func append(_ name: String, _ key: ScalarText, _ value: Variant) {
        names.append(name)
        keys.append(key)
        values.append(value)
        if keys.count > Self.few + 1 {
            positions[key] = keys.count - 1
        } else if keys.count == Self.few + 1 {
            index()
        }
    }

    private mutating func remove(at position: Int) {
        names.remove(at: position)
        keys.remove(at: position)
        values.remove(at: position)
        index()
    }

    private mutating func index() {
        positions = [:]
        guard keys.count > Self.few else { return }
        for (index, key) in keys.enumerated() { positions[key] = index }
    }
}

extension VariableCollection: ExpressibleByDictionaryLiteral {
    /// Creates variables from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, Variant)...) {
        for (name, value) in elements { self[name] = value }
    }
}
