/// One or several sections of a component's configuration: `connections.<n>.*`, or `connection.*` if there are none.
///
/// It declares the plural. Declare the keys of the singular with settings, so that they can be checked, or with an
/// ``OpenSection``.
final class PluralSection: ConfigSlot {
    let declaration: SettingDeclaration
    private let singular: String
    private let box = SlotBox<[ConfigParams]>([])

    init(_ plural: String, singular: String, secret: Bool = false, _ meaning: String) {
        declaration = SettingDeclaration(
            key: plural, aliases: [], type: "sections of any name", defaultText: "", meaning: meaning,
            isSecret: secret, isReloadable: false, isSection: true)
        self.singular = singular
        SlotCollector.register(self)
    }

    /// Returns the sections in order; empty before the component is configured.
    func callAsFunction() -> [ConfigParams] { box.value ?? [] }

    var role: SlotRole { SlotRole(config: self) }

    /// Returns the sections, as `manyFromConfig` of the toolkit's parameters does.
    static func read(_ config: ConfigParams, plural: String, singular: String) -> [ConfigParams] {
        let many = config.section(plural)
        if !many.isEmpty { return many.sectionNames.map(many.section) }
        let one = config.section(singular)
        return one.isEmpty ? [] : [one]
    }

    func configure(_ config: ScopedConfig) -> ConfigProblem? {
        box.set(Self.read(scoped(config), plural: declaration.key, singular: singular))
        return nil
    }

    func check(_ config: ScopedConfig) -> ConfigProblem? { nil }

    func source(in config: ScopedConfig) -> String? { config.section(declaration.key).comparable }

    private func scoped(_ config: ScopedConfig) -> ConfigParams {
        config.scope.isEmpty ? config.config : config.config.section(config.scope)
    }
}
