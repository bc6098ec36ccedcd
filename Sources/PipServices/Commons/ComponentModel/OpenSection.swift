/// A section of a component's configuration whose keys are free, such as `properties`.
///
/// Call it to read it: `properties()`.
public final class OpenSection: ConfigSlot {
    /// What the section is.
    public let declaration: SettingDeclaration
    private let box = SlotBox(ConfigParams())

    /// Declares a section by its name within the component's section.
    ///
    /// - Parameters:
    ///   - name: the section's name; an empty one stands for all that the component is given.
    ///   - secret: true when the values must never be shown.
    ///   - reloadable: true when changed values are taken while the service runs.
    ///   - meaning: what the section means, for tables of settings.
    public init(_ name: String, secret: Bool = false, reloadable: Bool = false, _ meaning: String = "") {
        declaration = SettingDeclaration(
            key: name, aliases: [], type: "keys of any name", defaultText: "", meaning: meaning, isSecret: secret,
            isReloadable: reloadable, isSection: true)
        SlotCollector.register(self)
    }

    /// The keys under the section, without its name. Safe from any task.
    public func callAsFunction() -> ConfigParams { box.value ?? [:] }

    /// For the container.
    public var role: SlotRole { SlotRole(config: self) }

    // MARK: - Internal

    func configure(_ config: ScopedConfig) -> ConfigProblem? {
        box.set(config.section(declaration.key))
        return nil
    }

    func check(_ config: ScopedConfig) -> ConfigProblem? { nil }

    func source(in config: ScopedConfig) -> String? { config.section(declaration.key).comparable }
}
