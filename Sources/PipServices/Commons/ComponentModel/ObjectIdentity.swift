/// Compares objects by identity without knowing their types.
enum ObjectIdentity {
    /// Returns the identity of an object, including one behind a protocol; nil for any other value.
    static func of(_ value: Any) -> ObjectIdentifier? {
        // Checked first, because the cast would box a value type.
        guard type(of: value) is AnyClass else { return nil }
        return cast(value, to: AnyObject.self).map { ObjectIdentifier($0) }
    }

    // MARK: - Internal

    /// Casts dynamically. `value as AnyObject` first searches for a bridge to Objective-C, which is much slower.
    private static func cast<Target>(_ value: Any, to: Target.Type) -> Target? { value as? Target }
}
