/// The arguments of a call, by name, reached into by dotted paths (the toolkit's `Parameters`).
public struct Parameters: Sendable, Hashable {
    /// The arguments.
    public var values: AnyValueMap

    /// Creates parameters.
    public init(_ values: AnyValueMap = [:]) { self.values = values }

    /// Takes the members of a map, or the elements of an array under `0`, `1`, ...; any other value gives no parameters.
    public init(_ value: AnyValue) { values = MapConverter.toMap(value) }

    /// Takes alternating names and values; a name without a value at the end is left out. Names are taken as they are,
    /// dots included.
    public init(tuples: [AnyValue]) { values = AnyValueMap(tuples: tuples) }

    /// Reads a JSON object, or an array as above; other JSON gives no parameters.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public init(json: String) throws(ApplicationError) { self.init(try JSONParser.parse(json)) }

    /// Unfolds dotted names: `a.b=1` gives `{"a": {"b": "1"}}`, whole numbers as names a list.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`, as ``put(_:_:)``.
    public init(config: ConfigParams) throws(ApplicationError) {
        let tree = PropertyTree([:])
        for (path, text) in config {
            let value = text.map(AnyValue.string) ?? .null
            if Self.isName(path) {
                tree.put(path, value)
            } else {
                _ = try tree.set(PropertyPath.parts(path)[...], value)
            }
        }
        self.init(tree.value)
    }

    /// The parameters of all arguments; of equal names the later argument's win.
    public static func merge(_ parameters: Parameters...) -> Parameters {
        Parameters(AnyValueMap(merging: parameters.map(\.values)))
    }

    /// The value at a path such as `beacon.center.coordinates.0`, nil when there is none. A name that holds dots itself
    /// is found first. In a path with dots case does not count.
    public subscript(path: String) -> AnyValue? { value(for: path) }

    /// True when there is a value at the path, be it `.null`. Case does not count.
    public func containsKey(_ path: String) -> Bool {
        values[path] != .none || RecursiveObjectReader.hasProperty(.map(values), path)
    }

    /// Puts a value at a path. What is missing on the way is created, as ``RecursiveObjectWriter`` tells; a path that
    /// leads through a single value changes nothing. A path without a dot inside is a name and taken as it is.
    /// - Throws: BadRequest `TOO_DEEP` for a path of more than 100 parts, `INDEX_TOO_LARGE` for an index more than
    ///   1,000 behind the end of its list.
    public mutating func put(_ path: String, _ value: AnyValue) throws(ApplicationError) {
        if Self.isName(path) || values[path] != .none { return values.put(path, value) }
        var object = AnyValue.map(values)
        try RecursiveObjectWriter.setProperty(&object, path, value)
        values = MapConverter.toMap(object)
    }

    /// Removes the argument of that name (no path) and gives it back.
    @discardableResult
    public mutating func remove(_ name: String) -> AnyValue? { values.remove(name) }

    /// The arguments as JSON.
    public func toJSON() -> String { JSONConverter.toJSON(.map(values)) }
}

extension Parameters: TypedValues, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// The value at a path, or nil.
    public func value(for path: String) -> AnyValue? {
        if let value = values[path] { return value }
        return Self.isName(path) ? .none : RecursiveObjectReader.getProperty(.map(values), path)
    }

    /// Writes parameters as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { values = AnyValueMap(elements) }

    /// The toolkit's text form, `key1=value1;key2=value2`.
    public var description: String { values.description }

    // MARK: - Internal

    /// A dot at the start does not make a path.
    private static func isName(_ path: String) -> Bool { !path.unicodeScalars.dropFirst().contains(".") }
}
