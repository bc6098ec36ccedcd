/// A required value of a component's configuration. The service does not start without it.
///
/// ```swift
/// let path = RequiredSetting<String>("path")
/// ```
/// Call it to read it: `try path()`.
public final class RequiredSetting<Value: Sendable>: ConfigSlot {
    /// The declaration of the setting.
    public let declaration: SettingDeclaration
    private let box = SlotBox<Value>()
    private let read: @Sendable (SettingDeclaration, ScopedConfig) -> Result<Value, ConfigProblem>?

    /// Declares a setting. The parameters are those of ``Setting``.
    public convenience init(
        _ key: String, aliases: [String] = [], as type: Value.Type = Value.self, secret: Bool = false,
        reloadable: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue {
        self.init(key, aliases, .none, secret: secret, reloadable: reloadable, meaning)
    }

    /// Declares a setting with a range of allowed values.
    public convenience init(
        _ key: String, aliases: [String] = [], as type: Value.Type = Value.self,
        in range: some RangeExpression<Value> & Sendable, secret: Bool = false, reloadable: Bool = false,
        _ meaning: String = ""
    ) where Value: SettingValue & Comparable {
        self.init(key, aliases, .range(range), secret: secret, reloadable: reloadable, meaning)
    }

    /// Declares a setting with a list of allowed values.
    public convenience init(
        _ key: String, aliases: [String] = [], as type: Value.Type = Value.self, oneOf choices: [Value],
        secret: Bool = false, reloadable: Bool = false, _ meaning: String = ""
    ) where Value: SettingValue & Equatable {
        self.init(key, aliases, .choices(choices), secret: secret, reloadable: reloadable, meaning)
    }

    private init(
        _ key: String, _ aliases: [String], _ constraint: SettingConstraint<Value>, secret: Bool, reloadable: Bool,
        _ meaning: String
    ) where Value: SettingValue {
        read = { $0.read(constraint, from: $1) }
        declaration = SettingDeclaration(
            key: key, aliases: aliases, type: constraint.expectation, defaultText: nil, meaning: meaning,
            isSecret: secret,
            isReloadable: reloadable, isSection: false, isList: Value.isList)
        SlotCollector.register(self)
    }

    /// Returns the current value. One atomic load; safe from any task.
    /// - Throws: InvalidState `NOT_CONFIGURED` before the component is configured.
    public func callAsFunction() throws(ApplicationError) -> Value {
        if let value = box.value { return value }
        throw .invalidState(
            code: "NOT_CONFIGURED", "Setting '\(declaration.key)' is read before it is configured",
            details: ["key": .string(declaration.key)])
    }

    /// Used by the container.
    public var role: SlotRole { SlotRole(config: self) }

    // MARK: - Internal

    func configure(_ config: ScopedConfig) -> ConfigProblem? {
        switch read(declaration, config) {
        case .none: return missing(config)
        case .success(let value): box.set(value)
        case .failure(let problem): return problem
        }
        return nil
    }

    func check(_ config: ScopedConfig) -> ConfigProblem? {
        switch read(declaration, config) {
        case .none: missing(config)
        case .success: nil
        case .failure(let problem): problem
        }
    }

    func source(in config: ScopedConfig) -> String? { declaration.source(in: config) }

    private func missing(_ config: ScopedConfig) -> ConfigProblem {
        let key = config.key(declaration.key)
        return ConfigProblem(
            .error, code: "NO_VALUE", "\(config.component): '\(key)' is missing; expected \(declaration.type)",
            component: config.component, key: key)
    }
}
