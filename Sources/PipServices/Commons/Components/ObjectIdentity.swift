/// Tells objects apart without knowing what they are.
enum ObjectIdentity {
    /// The identity of a value that is an object; nil for any other value.
    ///
    /// The standard way, a cast to `AnyObject`, first looks for a bridge to Objective-C in all conformances of the
    /// process, for every type anew: too dear for what is done for every property of every component at every start.
    static func of(_ value: Any) -> ObjectIdentifier? { opened(value) }

    private static func opened<Value>(_ value: Value) -> ObjectIdentifier? {
        guard Value.self is AnyClass else { return nil }
        // The value of a class type is a reference, and an identifier is that reference: no memory is looked at.
        return unsafeBitCast(value, to: ObjectIdentifier.self)
    }
}
