/// Tells objects apart without knowing their types.
enum ObjectIdentity {
    /// The identity of a value that is an object, including one behind a protocol; nil for any other value.
    static func of(_ value: Any) -> ObjectIdentifier? {
        // Asked first: a value that is no object would be boxed.
        guard type(of: value) is AnyClass else { return nil }
        return cast(value, to: AnyObject.self).map { ObjectIdentifier($0) }
    }

    // MARK: - Internal

    /// A dynamic cast. `value as AnyObject` searches for a bridge to Objective-C first, which is much slower.
    private static func cast<Target>(_ value: Any, to: Target.Type) -> Target? { value as? Target }
}
