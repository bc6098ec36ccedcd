/// Tells objects apart without knowing what they are.
enum ObjectIdentity {
    /// The identity of a value that is an object; nil for any other value.
    ///
    /// The standard way, a cast to `AnyObject`, first looks for a bridge to Objective-C in all conformances of the
    /// process, for every type anew: too dear for what is done for every property of every component at every start.
    static func of(_ value: Any) -> ObjectIdentifier? {
        // Also for an object behind a protocol: the dynamic type looks through it.
        type(of: value) is AnyClass ? opened(value) : nil
    }

    private static func opened<Value>(_ value: Value) -> ObjectIdentifier? {
        // A reference, and what holds an object behind a protocol, both begin with the reference, and an identifier is
        // that reference: no memory of the object is looked at.
        withUnsafeBytes(of: value) {
            $0.count < MemoryLayout<ObjectIdentifier>.size ? nil : $0.load(as: ObjectIdentifier.self)
        }
    }
}
