/// The operation of a call, for its errors.
struct MemcachedOperation: Sendable {
    let name: String
    let key: String?
    let context: Context

    /// - Parameter key: nil for an operation on several keys.
    init(_ name: String, _ key: String?, _ context: Context) {
        (self.name, self.key, self.context) = (name, key, context)
    }
}
