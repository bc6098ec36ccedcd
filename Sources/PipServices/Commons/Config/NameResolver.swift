/// Finds a component's name in its configuration (the toolkit's `NameResolver`).
public enum NameResolver {
    /// Returns the value of `name`, or else of `id`, or else the name in `descriptor`, or else `default`.
    /// - Throws: Misconfiguration `BAD_DESCRIPTOR` if `descriptor` is needed and malformed.
    public static func resolve(_ config: ConfigParams, default: String? = nil) throws(ApplicationError) -> String? {
        for key in ["name", "id"] {
            if let name = config[key], !name.isEmpty { return name }
        }
        guard let text = config["descriptor"], !text.isEmpty else { return `default` }
        return try Descriptor(parsing: text).name ?? `default`
    }
}
