/// A new configuration for a component that runs.
///
/// The settings that are declared `reloadable` take their new values; what else has changed takes effect at the next
/// start, which is told. Several reloads go together: if one of them has a mistake, none is taken.
struct ConfigReload: Sendable {
    let model: ComponentModel
    /// What the component was started with: what its other settings go by.
    let started: ConfigParams
    /// What its reloadable settings go by.
    let current: ConfigParams
    /// What it is to go by now.
    let config: ConfigParams

    /// Checks all, and takes all unless there is an error. Gives what was found, for each in its place.
    ///
    /// A component that reads its settings meanwhile may see one of them new and the next still old.
    static func run(_ reloads: [ConfigReload]) -> [[ConfigProblem]] {
        let problems = reloads.map { $0.check() }
        if !problems.joined().contains(where: { $0.severity == .error }) {
            for reload in reloads { reload.model.reload(reload.config) }
        }
        return problems
    }

    /// The keys of the reloadable settings whose values differ from those in force.
    var changedKeys: [String] { model.changedKeys(from: current, to: config) }

    /// What keeps the configuration from being taken, and warnings of what needs a restart. Changes nothing.
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
            // Settings in slots were told one by one; what is read by hand is known as a whole only.
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

    /// Takes the settings that are reloadable from a configuration that was checked.
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
