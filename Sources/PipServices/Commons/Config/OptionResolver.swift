/// Finds a component's options in its configuration (the toolkit's `OptionResolver`).
public enum OptionResolver {
    /// The section `options`; the whole configuration when that is empty and `configAsDefault` is true.
    public static func resolve(_ config: ConfigParams, configAsDefault: Bool = false) -> ConfigParams {
        let options = config.section("options")
        return options.isEmpty && configAsDefault ? config : options
    }
}
