/// Writes the properties of a value at all levels, by paths such as `a.b.0.c` (the toolkit's `RecursiveObjectWriter`).
///
/// Missing and `.null` containers on the path are created: an array if the next part of the path is an integer,
/// otherwise a map. Names are case-insensitive: a member whose name differs only in case is replaced and keeps its
/// name.
///
/// Swift values are encoded, changed and decoded through `Codable`. Their names are those of their coding keys.
public enum RecursiveObjectWriter {
    /// Sets the value at a path.
    ///
    /// - Returns: false, with nothing changed, if the path leads through a single value, or uses a name that is not an
    ///   index in an array. (The toolkit reports nothing.)
    /// - Throws: BadRequest `TOO_DEEP` for a path of more than 100 parts, `INDEX_TOO_LARGE` for an index more than
    ///   1,000 past the end of its array.
    @discardableResult
    public static func setProperty(
        _ object: inout AnyValue, _ path: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        let tree = PropertyTree(object)
        guard try tree.set(PropertyPath.parts(path)[...], value) else { return false }
        object = tree.value
        return true
    }

    /// Sets values by their paths. Values that have no place are skipped.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; nothing is changed then.
    public static func setProperties(_ object: inout AnyValue, _ values: AnyValueMap) throws(ApplicationError) {
        let tree = PropertyTree(object)
        for (path, value) in values { _ = try tree.set(PropertyPath.parts(path)[...], value) }
        object = tree.value
    }

    /// Sets all leaves of another value (single values, and empty maps and arrays) at their paths. Leaves that have no
    /// place are skipped. Other properties are kept; arrays are changed element by element.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; nothing is changed then.
    public static func copyProperties(_ destination: inout AnyValue, _ source: AnyValue) throws(ApplicationError) {
        let tree = PropertyTree(destination)
        try tree.copy(source)
        destination = tree.value
    }

    /// Sets the value at a path of a Swift value.
    ///
    /// - Returns: false, with nothing changed, if there is no place for it.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; `CANNOT_ENCODE`; `INVALID_DATA` if the changed
    ///   value can't be decoded. Nothing is changed then.
    @discardableResult
    public static func setProperty(
        _ object: inout some Codable, _ path: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        var dynamic = try AnyValue(encoding: object)
        guard try setProperty(&dynamic, path, value) else { return false }
        object = try dynamic.decode()
        return true
    }

    /// Sets all leaves of another value at their paths in a Swift value. Properties that its type does not have are
    /// dropped.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE` as above; `CANNOT_ENCODE`; `INVALID_DATA` if the changed
    ///   value can't be decoded. Nothing is changed then.
    public static func copyProperties(_ destination: inout some Codable, _ source: AnyValue) throws(ApplicationError) {
        var dynamic = try AnyValue(encoding: destination)
        try copyProperties(&dynamic, source)
        destination = try dynamic.decode()
    }
}
