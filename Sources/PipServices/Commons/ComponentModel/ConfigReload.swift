/// A new configuration for a component that runs.
///
/// The settings that are declared `reloadable` take their new values; what else has changed takes effect at the next
/// start, which is told. Several reloads go together: if one of them has a mistake, none is taken.
struct ConfigReload: Sendable {
    let model: ComponentModel
    /// What the component was started with: what its other settings go by.
    let started: ConfigParams
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

    /// What keeps the configuration from being taken, and warnings of what needs a restart. Changes nothing.
    func check() -> [ConfigProblem] {
        let known = Set(model.unknownKeys(in: started).map(\.key))
        return model.checkReload(from: started, to: config)
            + model.unknownKeys(in: config).filter { !known.contains($0.key) }
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
            } else if !slot.declaration.isReloadable, slot.source(in: old) != slot.source(in: new) {
                problems.append(needsRestart(slot.declaration.key))
            }
        }
        for key in roles.compactMap(\.link).flatMap(\.keys) where old.value([key])?.text != new.value([key])?.text {
            problems.append(needsRestart(key))
        }
        if component is any Configurable {
            // Settings in slots were told one by one; what is read by hand is known as a whole only.
            let keys = Set(old.section("").keys + new.section("").keys).filter { key in
                old.section("")[key] != new.section("")[key] && !isSlot(key)
            }
            problems += keys.sorted().map(needsRestart)
        }
        return problems
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
        return dependencyKeys.contains(full)
            || settings.contains { setting in
                setting.key == full || setting.aliases.contains(full)
                    || (setting.isSection || setting.isList) && full.utf8.starts(with: (setting.key + ".").utf8)
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
