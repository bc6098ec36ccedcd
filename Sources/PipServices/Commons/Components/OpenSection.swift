/// A section of a component's configuration whose keys are free, such as `properties`.
///
/// Call it to read it: `properties()`.
public final class OpenSection: ConfigSlot {
    /// What the section is.
    public let declaration: SettingDeclaration
    private let box = SlotBox(ConfigParams())

    /// Declares a section by its name within the component's section.
    public init(_ name: String, _ meaning: String = "") {
        declaration = SettingDeclaration(
            key: name, aliases: [], type: "keys of any name", defaultText: "", meaning: meaning, isSecret: false,
            isReloadable: false, isSection: true)
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
}
