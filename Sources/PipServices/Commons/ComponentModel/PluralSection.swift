/// Sections of a component's configuration of which there may be one or several: `connections.<n>.*`, and where there
/// are none of these `connection.*`.
///
/// It declares the plural. What the singular holds is declared by settings beside it, so that its keys can be checked,
/// or by an ``OpenSection``.
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

    /// The sections in their order; none before the component was configured.
    func callAsFunction() -> [ConfigParams] { box.value ?? [] }

    var role: SlotRole { SlotRole(config: self) }

    /// The sections of a component's configuration: what `manyFromConfig` of the toolkit's parameters gives.
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
