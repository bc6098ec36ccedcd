/// Writes the properties of a dynamic value, one level deep (the toolkit's `ObjectWriter`): the members of a map, or
/// the elements of an array by index.
///
/// Names are case-insensitive: a member whose name differs only in case is replaced and keeps its name.
public enum ObjectWriter {
    /// Sets a property. A new member of a map gets the name as given. An array is filled with `.null` up to the index.
    ///
    /// - Returns: false, with nothing changed, if the value is a single value, or an array and the name is not an
    ///   index. (The toolkit reports nothing.)
    /// - Throws: BadRequest `INDEX_TOO_LARGE` if an index is more than 1,000 past the end of the array.
    @discardableResult
    public static func setProperty(
        _ object: inout AnyValue, _ name: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        let tree = PropertyTree(object)
        guard try tree.set([name], value) else { return false }
        object = tree.value
        return true
    }

    /// Sets properties by name. Properties that the value can't hold are skipped.
    /// - Throws: BadRequest `INDEX_TOO_LARGE` as above; nothing is changed then.
    public static func setProperties(_ object: inout AnyValue, _ values: AnyValueMap) throws(ApplicationError) {
        let tree = PropertyTree(object)
        for (name, value) in values { _ = try tree.set([name], value) }
        object = tree.value
    }
}
