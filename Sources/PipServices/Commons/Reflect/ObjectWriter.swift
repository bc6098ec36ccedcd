/// Writes the properties of a dynamic value, one level deep (the toolkit's `ObjectWriter`): the members of a map, the
/// elements of an array by index.
///
/// Case does not count: a member that differs in case only is replaced, and keeps its name.
public enum ObjectWriter {
    /// Sets a property. A new one is added to a map under the name as given; an array is filled with `.null` up to the
    /// index.
    ///
    /// - Returns: false, with nothing changed, when the value has no place for it: a single value, or an array and a
    ///   name that is no index. (The toolkit is silent then.)
    /// - Throws: BadRequest `INDEX_TOO_LARGE` when an index is more than 1,000 behind the end of its array.
    @discardableResult
    public static func setProperty(
        _ object: inout AnyValue, _ name: String, _ value: AnyValue
    ) throws(ApplicationError) -> Bool {
        let tree = PropertyTree(object)
        guard try tree.set([name], value) else { return false }
        object = tree.value
        return true
    }

    /// Sets properties by name, as far as the value has a place for them.
    /// - Throws: BadRequest `INDEX_TOO_LARGE` as above; then nothing is changed.
    public static func setProperties(_ object: inout AnyValue, _ values: AnyValueMap) throws(ApplicationError) {
        let tree = PropertyTree(object)
        for (name, value) in values { _ = try tree.set([name], value) }
        object = tree.value
    }
}
