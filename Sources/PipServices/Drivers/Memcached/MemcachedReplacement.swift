/// The outcome of replacing a version of a value.
enum MemcachedReplacement: Sendable {
    case done
    /// The value has another version.
    case changed
    /// The key has no value.
    case missing
}
