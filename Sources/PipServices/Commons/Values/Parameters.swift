/// The arguments of a call by name, with access by dotted paths (the toolkit's `Parameters`).
public struct Parameters: Sendable, Hashable {
    /// The arguments.
    public var values: AnyValueMap

    /// Creates parameters.
    public init(_ values: AnyValueMap = [:]) { self.values = values }

    /// Creates parameters from the members of a map, or from the elements of an array under `0`, `1`, ... Empty for any
    /// other value.
    public init(_ value: AnyValue) { values = MapConverter.toMap(value) }

    /// Creates parameters from alternating names and values. A last name without a value is dropped. Names are not
    /// parsed and may contain dots.
    public init(tuples: [AnyValue]) { values = AnyValueMap(tuples: tuples) }

    /// Parses a JSON object, or an array as above. Empty for other JSON.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public init(json: String) throws(ApplicationError) { self.init(try JSONParser.parse(json)) }

    /// Expands dotted names: `a.b=1` becomes `{"a": {"b": "1"}}`. Integers as names become list indices.
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

    /// Merges parameters. If a name repeats, the later argument wins.
    public static func merge(_ parameters: Parameters...) -> Parameters {
        Parameters(AnyValueMap(merging: parameters.map(\.values)))
    }

    /// The value at a path such as `beacon.center.coordinates.0`, or nil. An exact name that contains dots is
    /// preferred. Paths with dots are case-insensitive.
    public subscript(path: String) -> AnyValue? { value(for: path) }

    /// Returns true if a value exists at the path, even if it is `.null`. Case-insensitive.
    public func containsKey(_ path: String) -> Bool {
        values[path] != .none || RecursiveObjectReader.hasProperty(.map(values), path)
    }

    /// Sets the value at a path. Missing containers are created as in ``RecursiveObjectWriter``. A path that leads
    /// through a single value changes nothing. A path without an inner dot is a plain name.
    /// - Throws: BadRequest `TOO_DEEP` for a path of more than 100 parts, `INDEX_TOO_LARGE` for an index more than
    ///   1,000 past the end of its list.
    public mutating func put(_ path: String, _ value: AnyValue) throws(ApplicationError) {
        if Self.isName(path) || values[path] != .none { return values.put(path, value) }
        var object = AnyValue.map(values)
        try RecursiveObjectWriter.setProperty(&object, path, value)
        values = MapConverter.toMap(object)
    }

    /// Removes and returns the argument with that name. Paths are not supported.
    @discardableResult
    public mutating func remove(_ name: String) -> AnyValue? { values.remove(name) }

    /// Returns the arguments as JSON.
    public func toJSON() -> String { JSONConverter.toJSON(.map(values)) }
}

extension Parameters: TypedValues, ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// Returns the value at a path, or nil.
    public func value(for path: String) -> AnyValue? {
        if let value = values[path] { return value }
        return Self.isName(path) ? .none : RecursiveObjectReader.getProperty(.map(values), path)
    }

    /// Creates parameters from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, AnyValue)...) { values = AnyValueMap(elements) }

    /// The toolkit's string form, `key1=value1;key2=value2`.
    public var description: String { values.description }

    // MARK: - Internal

    /// A leading dot does not make a name a path.
    private static func isName(_ path: String) -> Bool { !path.unicodeScalars.dropFirst().contains(".") }
}
