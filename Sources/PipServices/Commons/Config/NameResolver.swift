/// Finds a component's name in its configuration (the toolkit's `NameResolver`).
public enum NameResolver {
    /// The value of `name`, else of `id`, else the name in `descriptor`, else `default`.
    /// - Throws: Misconfiguration `BAD_DESCRIPTOR` when it comes to the descriptor and that is malformed.
    public static func resolve(_ config: ConfigParams, default: String? = nil) throws(ApplicationError) -> String? {
        for key in ["name", "id"] {
            if let name = config[key], !name.isEmpty { return name }
        }
        guard let text = config["descriptor"], !text.isEmpty else { return `default` }
        return try Descriptor(parsing: text).name ?? `default`
    }
}
