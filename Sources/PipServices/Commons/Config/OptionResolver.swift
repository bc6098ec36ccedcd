/// Finds a component's options in its configuration (the toolkit's `OptionResolver`).
public enum OptionResolver {
    /// Returns the section `options`. If it is empty and `configAsDefault` is true, returns the whole configuration.
    public static func resolve(_ config: ConfigParams, configAsDefault: Bool = false) -> ConfigParams {
        let options = config.section("options")
        return options.isEmpty && configAsDefault ? config : options
    }
}
