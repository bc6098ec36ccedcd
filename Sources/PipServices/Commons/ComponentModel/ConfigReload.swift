/// Applies a new configuration to a running component.
///
/// Settings that are declared `reloadable` change at once. Other changes take effect at the next start and are
/// reported. Several reloads are applied together: if one has an error, none is applied.
struct ConfigReload: Sendable {
    let model: ComponentModel
    /// The configuration that the component was started with. Non-reloadable settings use it.
    let started: ConfigParams
    /// The configuration that the reloadable settings currently use.
    let current: ConfigParams
    /// The new configuration.
    let config: ConfigParams

    /// Checks all reloads and applies them unless there is an error. Returns the problems of each reload, in order.
    ///
    /// A component that reads its settings during a reload may see one new and one old value.
    static func run(_ reloads: [ConfigReload]) -> [[ConfigProblem]] {
        let problems = reloads.map { $0.check() }
        if !problems.joined().contains(where: { $0.severity == .error }) {
            for reload in reloads { reload.model.reload(reload.config) }
        }
        return problems
    }

    /// The keys of the reloadable settings that the new configuration changes.
    var changedKeys: [String] { model.changedKeys(from: current, to: config) }

    /// Returns the errors that prevent the reload, and warnings for changes that need a restart. Changes nothing.
    func check() -> [ConfigProblem] {
        let known = Set(model.unknownKeys(in: started).compactMap(\.key).map { ScalarText($0) })
        return model.checkReload(from: started, to: config)
            + model.unknownKeys(in: config).filter { problem in
                problem.key.map { known.contains(ScalarText($0)) } != true
            }
    }
}

extension ComponentModel {
    func checkReload(from started: ConfigParams, to config: ConfigParams) -> [ConfigProblem] {
        let old = ScopedConfig(config: started, scope: scope, component: name)
        let new = ScopedConfig(config: config, scope: scope, component: name)
        var problems = children.flatMap { $0.checkReload(from: started, to: config) }
        for slot in roles.compactMap(\.config) {
            if let problem = slot.check(new) {
                problems.append(problem)
            } else if !slot.declaration.isReloadable, !slot.source(in: old).isSame(as: slot.source(in: new)) {
                problems.append(needsRestart(slot.declaration.key))
            }
        }
        for key in roles.compactMap(\.link).flatMap(\.keys)
        where !(old.value([key])?.text).isSame(as: new.value([key])?.text) {
            problems.append(needsRestart(key))
        }
        if component is any Configurable {
            // Slots report their settings one by one; configuration that is read by hand is compared as a whole.
            let (old, new) = (old.section(""), new.section(""))
            let keys = Set((old.keys + new.keys).map { ScalarText($0) }).filter { key in
                !old[key.text].isSame(as: new[key.text]) && !isSlot(key.text)
            }
            problems += keys.sorted().map { needsRestart($0.text) }
        }
        return problems
    }

    func changedKeys(from current: ConfigParams, to config: ConfigParams) -> [String] {
        let old = ScopedConfig(config: current, scope: scope, component: name)
        let new = ScopedConfig(config: config, scope: scope, component: name)
        let own = roles.compactMap(\.config).filter { slot in
            slot.declaration.isReloadable && !slot.source(in: old).isSame(as: slot.source(in: new))
        }
        return children.flatMap { $0.changedKeys(from: current, to: config) } + own.map { key($0.declaration.key) }
    }

    /// Applies the reloadable settings of a checked configuration.
    func reload(_ config: ConfigParams) {
        for child in children { child.reload(config) }
        let scoped = ScopedConfig(config: config, scope: scope, component: name)
        for slot in roles.compactMap(\.config) where slot.declaration.isReloadable { _ = slot.configure(scoped) }
    }

    // MARK: - Internal

    private func isSlot(_ key: String) -> Bool {
        let full = scope.isEmpty ? key : "\(scope).\(key)"
        return dependencyKeys.contains(sameAs: full)
            || settings.contains { setting in
                setting.key.isSame(as: full) || setting.aliases.contains(sameAs: full)
                    || (setting.isSection || setting.isList) && full.begins(with: setting.key + ".")
            }
    }

    private func needsRestart(_ key: String) -> ConfigProblem {
        let key = key.isEmpty ? scope : scope.isEmpty ? key : "\(scope).\(key)"
        let what = key.isEmpty ? "the configuration" : "'\(key)'"
        return ConfigProblem(
            .warning, code: "NEEDS_RESTART", "\(name): \(what) has changed, which takes effect at the next start",
            component: name, key: key)
    }
}
