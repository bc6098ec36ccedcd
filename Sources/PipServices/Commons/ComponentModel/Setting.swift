/// A value of a component's configuration, with a default.
///
/// ```swift
/// let timeout = Setting("options.timeout", default: Duration.milliseconds(60_000))
/// ```
/// Call it to read it: `timeout()`. It returns the default before the component is configured. A string that can't be
/// parsed as `Value` is an error when the service starts. An empty or null value counts as unset. An optional `Value`
/// makes the setting optional. A range or a list of choices is checked too:
/// ```swift
/// let workers = Setting("options.workers", default: 4, in: 1...64)
/// let mode = Setting("mode", default: "fast", oneOf: ["fast", "exact"])
/// ```
public final class Setting<Value: Sendable>: ConfigSlot {
    /// The declaration of the setting.
    public let declaration: SettingDeclaration
    private let box: SlotBox<Value>
    private let defaultValue: Value
    // The constraint is on the initializer and stored here. A class that is generic over a protocol would look up
    // conformances at run time, for each type of value, at every start.
    private let read: @Sendable (SettingDeclaration, ScopedConfig) -> Result<Value, ConfigProblem>?

    /// Declares a setting.
    ///
    /// - Parameters:
    ///   - key: the dotted key within the component's section.
    ///   - aliases: other keys that are read if the first has no value.
    ///   - default: the value if none is set. Durations are configured in milliseconds.
    ///   - secret: true if the value must never be shown.
    ///   - reloadable: true if a changed value is applied while the service runs.
    ///   - rejectsEmpty: true for a setting that controls access. A value that is present but empty, such as that of an
    ///     unset variable, is then an error instead of turning the control off.
    ///   - meaning: the description of the setting in tables of settings.
    public convenience init(
        _ key: String, aliases: [String] = [], default: Value, secret: Bool = false, reloadable: Bool = false,
        rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue {
        self.init(
            key, aliases, `default`, .none, secret: secret, reloadable: reloadable, rejectsEmpty: rejectsEmpty, meaning)
    }

    /// Declares a setting with a range of allowed values, such as `in: 1...64` or `in: 0...`. Other values are an error
    /// when the service starts and in `--check`. The default is not checked.
    public convenience init(
        _ key: String, aliases: [String] = [], default: Value, in range: some RangeExpression<Value> & Sendable,
        secret: Bool = false, reloadable: Bool = false, rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue & Comparable {
        self.init(
            key, aliases, `default`, .range(range), secret: secret, reloadable: reloadable, rejectsEmpty: rejectsEmpty,
            meaning)
    }

    /// Declares an optional setting with a range of allowed values.
    public convenience init<Bound: SettingValue & Comparable>(
        _ key: String, aliases: [String] = [], default: Value, in range: some RangeExpression<Bound> & Sendable,
        secret: Bool = false, reloadable: Bool = false, rejectsEmpty: Bool = false, _ meaning: String = ""
    ) where Value == Bound? {
        self.init(
            key, aliases, `default`, SettingConstraint<Bound>.range(range).optional, secret: secret,
            reloadable: reloadable, rejectsEmpty: rejectsEmpty, meaning)
    }

    /// Declares a setting with a list of allowed values. Other values are an error when the service starts and in
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

    /// Returns the current value. One atomic load; safe from any task.
    public func callAsFunction() -> Value { box.value ?? defaultValue }

    /// Used by the container.
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
    /// Returns the setting's raw value in a configuration, or nil if it is unset.
    func source(in config: ScopedConfig) -> String? { config.value([key] + aliases, isList: isList)?.source }

    /// Returns the setting's value in a configuration, or nil if it is unset.
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
