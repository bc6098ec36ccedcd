/// A section of a component's configuration with arbitrary keys, such as `properties`.
///
/// Call it to read it: `properties()`.
public final class OpenSection: ConfigSlot {
    /// The declaration of the section.
    public let declaration: SettingDeclaration
    private let box = SlotBox(ConfigParams())

    /// Declares a section by its name within the component's section.
    ///
    /// - Parameters:
    ///   - name: the section's name; an empty name means the component's whole section.
    ///   - secret: true if the values must never be shown.
    ///   - reloadable: true if changed values are applied while the service runs.
    ///   - meaning: the description of the section in tables of settings.
    public init(_ name: String, secret: Bool = false, reloadable: Bool = false, _ meaning: String = "") {
        declaration = SettingDeclaration(
            key: name, aliases: [], type: "keys of any name", defaultText: "", meaning: meaning, isSecret: secret,
            isReloadable: reloadable, isSection: true)
        SlotCollector.register(self)
    }

    /// Returns the keys in the section, without its name. Safe from any task.
    public func callAsFunction() -> ConfigParams { box.value ?? [:] }

    /// Used by the container.
    public var role: SlotRole { SlotRole(config: self) }

    // MARK: - Internal

    func configure(_ config: ScopedConfig) -> ConfigProblem? {
        box.set(config.section(declaration.key))
        return nil
    }

    func check(_ config: ScopedConfig) -> ConfigProblem? { nil }

    func source(in config: ScopedConfig) -> String? { config.section(declaration.key).comparable }
}
