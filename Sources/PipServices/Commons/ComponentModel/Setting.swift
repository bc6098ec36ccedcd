/// A value of a component's configuration, with a default.
///
/// ```swift
/// let timeout = Setting("options.timeout", default: Duration.milliseconds(60_000))
/// ```
/// Call it to read it: `timeout()`. Before the component is configured that gives the default. A text that can't be
/// read as `Value` is an error when the service starts; an empty or null one counts as unset. A `Value` that is
/// optional makes the setting optional. A range or a list of choices is checked with the type:
/// ```swift
/// let workers = Setting("options.workers", default: 4, in: 1...64)
/// let mode = Setting("mode", default: "fast", oneOf: ["fast", "exact"])
/// ```
public final class Setting<Value: Sendable>: ConfigSlot {
    /// What the setting is.
    public let declaration: SettingDeclaration
    private let box: SlotBox<Value>
    private let defaultValue: Value
    // The constraint stands on the initializer, not on the class, and is kept here: a class that is generic over a
    // protocol looks its conformances up at run time, for each kind of value, at every start.
    private let read: @Sendable (SettingDeclaration, ScopedConfig) -> Result<Value, ConfigProblem>?

    /// Declares a setting.
    ///
    /// - Parameters:
    ///   - key: the dotted key within the component's section.
    ///   - aliases: other keys that are read when the first has no value.
    ///   - default: the value when there is none. Durations are written in milliseconds.
    ///   - secret: true when the value must never be shown.
    ///   - reloadable: true when a changed value is taken while the service runs.
    ///   - rejectsEmpty: true for a setting that controls access: a value that is present but empty, such as that of an
    ///     unset variable, is an error, and does not turn the control off.
    ///   - meaning: what the setting means, for tables of settings.
    public convenience init(
        _ key: String, aliases: [String] = [], default: Value, secret: Bool = false, reloadable: Bool = false,
        rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue {
        self.init(
            key, aliases, `default`, .none, secret: secret, reloadable: reloadable, rejectsEmpty: rejectsEmpty, meaning)
    }

    /// Declares a setting whose values are in a range, such as `in: 1...64` or `in: 0...`. Another value is an error when
    /// the service starts, and found by `--check`. The default is not checked.
    public convenience init(
        _ key: String, aliases: [String] = [], default: Value, in range: some RangeExpression<Value> & Sendable,
        secret: Bool = false, reloadable: Bool = false, rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue & Comparable {
        self.init(
            key, aliases, `default`, .range(range), secret: secret, reloadable: reloadable, rejectsEmpty: rejectsEmpty,
            meaning)
    }

    /// Declares a setting that may be unset and whose values are in a range.
    public convenience init<Bound: SettingValue & Comparable>(
        _ key: String, aliases: [String] = [], default: Value, in range: some RangeExpression<Bound> & Sendable,
        secret: Bool = false, reloadable: Bool = false, rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value == Bound? {
        self.init(
            key, aliases, `default`, SettingConstraint<Bound>.range(range).optional, secret: secret,
            reloadable: reloadable, rejectsEmpty: rejectsEmpty, meaning)
    }

    /// Declares a setting that has one of several values. Another one is an error when the service starts, and found by
    /// `--check`. An enumeration that conforms to ``SettingValue`` needs no list.
    public convenience init(
        _ key: String, aliases: [String] = [], default: Value, oneOf choices: [Value], secret: Bool = false,
        reloadable: Bool = false, rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue & Equatable {
        self.init(
            key, aliases, `default`, .choices(choices), secret: secret, reloadable: reloadable,
            rejectsEmpty: rejectsEmpty, meaning)
    }

    private init(
        _ key: String, _ aliases: [String], _ default: Value, _ constraint: SettingConstraint<Value>, secret: Bool,
        reloadable: Bool, rejectsEmpty: Bool, _ meaning: String
    ) where Value: SettingValue {
        read = { $0.read(constraint, from: $1) }
        declaration = SettingDeclaration(
            key: key, aliases: aliases, type: constraint.expectation, defaultText: `default`.settingText,
            meaning: meaning,
            isSecret: secret, isReloadable: reloadable, isSection: false, isList: Value.isList,
            rejectsEmpty: rejectsEmpty)
        defaultValue = `default`
        box = SlotBox(`default`)
        SlotCollector.register(self)
    }

    /// The present value. One atomic load; safe from any task.
    public func callAsFunction() -> Value { box.value ?? defaultValue }

    /// For the container.
    public var role: SlotRole { SlotRole(config: self) }

    // MARK: - Internal

    func configure(_ config: ScopedConfig) -> ConfigProblem? {
        switch read(declaration, config) {
        case .none: box.set(defaultValue)
        case .success(let value): box.set(value)
        case .failure(let problem): return problem
        }
        return nil
    }

    func check(_ config: ScopedConfig) -> ConfigProblem? {
        if case .failure(let problem) = read(declaration, config) { problem } else { nil }
    }

    func source(in config: ScopedConfig) -> String? { declaration.source(in: config) }
}

extension SettingDeclaration {
    /// The setting's text in a configuration; nil when it is unset.
    func source(in config: ScopedConfig) -> String? { config.value([key] + aliases, isList: isList)?.source }

    /// The setting's value in a configuration; nil when it is unset.
    func read<Value: SettingValue>(
        _ constraint: SettingConstraint<Value>, from config: ScopedConfig
    ) -> Result<Value, ConfigProblem>? {
        let found = config.value([key] + aliases, isList: isList)
        if rejectsEmpty, let empty = config.emptyKey([key] + aliases, isList: isList, found?.text) {
            return .failure(
                ConfigProblem(
                    .error, code: "EMPTY_VALUE",
                    "\(config.component): '\(empty)' is empty; expected \(constraint.expectation), or no such key",
                    component: config.component, key: empty))
        }
        guard let found else { return nil }
        let value = found.elements.map { Value(settingElements: $0) } ?? Value(settingText: found.text)
        if let value, constraint.allows(value) { return .success(value) }
        let (key, shown) = (found.key, isSecret ? "(not shown)" : "'\(found.text)'")
        return .failure(
            ConfigProblem(
                .error, code: "BAD_VALUE",
                "\(config.component): '\(key)' is \(shown); expected \(constraint.expectation)",
                component: config.component, key: key))
    }
}
