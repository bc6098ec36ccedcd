/// Writes the properties of a value at all levels, by paths such as `a.b.0.c` (the toolkit's `RecursiveObjectWriter`).
///
/// What is missing on the way, or `.null`, is created: an array when the next part of the path is a whole number, else
/// a map. Case does not count: a member that differs in case only is replaced, and keeps its name.
///
/// Values of Swift types are written by way of `Codable`: encoded, changed, decoded. Their names are those of their
/// coding keys.
public enum RecursiveObjectWriter {
    /// Sets the value at a path.
    ///
    /// - Returns: false, with nothing changed, when there is no place for it: the path leads through a single value, or
    ///   names something in an array that is no index. (The toolkit is silent then.)
    /// - Throws: BadRequest `TOO_DEEP` for a path of more than 100 parts, `INDEX_TOO_LARGE` for an index more than
    ///   1,000 behind the end of its array.
    @discardableResult
    public static func setProperty(
        _ object: inout AnyValue, _ path: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        let tree = PropertyTree(object)
        guard try tree.set(PropertyPath.parts(path)[...], value) else { return false }
        object = tree.value
        return true
    }

    /// Sets values by their paths, as far as there is a place for them.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; then nothing is changed.
    public static func setProperties(_ object: inout AnyValue, _ values: AnyValueMap) throws(ApplicationError) {
        let tree = PropertyTree(object)
        for (path, value) in values { _ = try tree.set(PropertyPath.parts(path)[...], value) }
        object = tree.value
    }

    /// Sets all leaves of another value (single values, and empty maps and arrays) at their paths, as far as there is
    /// a place for them. Other properties stay; arrays are changed element by element.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; then nothing is changed.
    public static func copyProperties(_ destination: inout AnyValue, _ source: AnyValue) throws(ApplicationError) {
        let tree = PropertyTree(destination)
        try tree.copy(source)
        destination = tree.value
    }

    /// Sets the value at a path of a Swift value.
    ///
    /// - Returns: false, with nothing changed, when there is no place for it.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; `CANNOT_ENCODE`, or `INVALID_DATA` when the
    ///   changed value does not fit the type. Then nothing is changed.
    @discardableResult
    public static func setProperty(
        _ object: inout some Codable, _ path: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        var dynamic = try AnyValue(encoding: object)
        guard try setProperty(&dynamic, path, value) else { return false }
        object = try dynamic.decode()
        return true
    }

    /// Sets all leaves of another value at their paths in a Swift value. What its type does not know is dropped.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; `CANNOT_ENCODE`, or `INVALID_DATA` when the
    ///   changed value does not fit the type. Then nothing is changed.
    public static func copyProperties(_ destination: inout some Codable, _ source: AnyValue) throws(ApplicationError) {
        var dynamic = try AnyValue(encoding: destination)
        try copyProperties(&dynamic, source)
        destination = try dynamic.decode()
    }
}
