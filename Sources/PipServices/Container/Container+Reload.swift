/// Reloading the configuration of an open container.
extension Container {
    /// Applies a new configuration to the running components. Settings declared as `reloadable` take their new values.
    /// If there is any mistake, nothing changes.
    ///
    /// - Returns: warnings, for example about changes that need a restart.
    /// - Throws: InvalidState `NOT_OPENED`, or a Misconfiguration that lists all mistakes.
    @discardableResult
    public func reload(_ context: Context, _ config: ContainerConfig) throws(ApplicationError) -> [ConfigProblem] {
        guard state == .open else {
            throw .invalidState(code: "NOT_OPENED", "Container '\(name)' is not open", traceId: context.traceId)
        }
        let config = complete(config)
        var problems = config.problems.filter { $0.code != "UNSET_VARIABLE" }
        var configs = Dictionary(grouping: config.components) { ScalarText($0.descriptor?.description ?? "") }
        var reloads: [(component: ManagedComponent, reload: ConfigReload)] = []
        for component in components where component.origin == .configuration {
            let key = ScalarText(component.config.descriptor?.description ?? "")
            guard let first = configs[key]?.first else {
                let what = "'\(component.locator)' is no longer in the configuration"
                problems.append(needsRestart(what, component.config))
                continue
            }
            configs[key]?.removeFirst()
            var changed = component
            changed.config = first
            reloads.append(
                (
                    changed,
                    ConfigReload(
                        model: component.model, started: component.config.config,
                        current: component.reloaded ?? component.config.config, config: first.config)
                ))
        }
        // In the order of the file.
        for new in config.components {
            let key = ScalarText(new.descriptor?.description ?? "")
            guard configs[key]?.isEmpty == false else { continue }
            configs[key]?.removeFirst()
            problems.append(needsRestart("'\(key)' is new in the configuration", new))
        }
        try ConfigProblem.throwIfAny(problems)
        for (index, found) in ConfigReload.run(reloads.map(\.reload)).enumerated() {
            problems += found.map(reloads[index].component.placed)
        }
        problems = config.secrets.conceal(problems)
        try ConfigProblem.throwIfAny(problems)
        noteChanges(reloads, context)
        return problems
    }

    // MARK: - Internal

    /// Rereads the configuration and its secrets and applies the changes, or logs why it does not.
    ///
    /// - Returns: false if the configuration is unchanged.
    @discardableResult
    func reloadFile(_ context: Context) async -> Bool {
        guard state == .open, let (path, parameters, secrets, _) = source else {
            log.warn(context, "The configuration is not reloaded: the service is not open")
            return false
        }
        guard ConfigText.isRereadable(path) else {
            log.warn(context, "The configuration \(path) is not reloaded: it is not a regular file")
            return false
        }
        do throws(ApplicationError) {
            let current = try ConfigSource.load(path, parameters: parameters, secrets)
            try reload(context, current, path: path, parameters: parameters)
            return true
        } catch {
            refused(error, context)
            return false
        }
    }

    func startWatching(_ context: Context) {
        guard let (path, parameters, secrets, current) = source else { return }
        // Compare with the values in use: the file may have changed since it was read.
        let watch = ConfigFileWatch(
            path: path, source: current,
            .init(
                read: { () throws(ApplicationError) in
                    try ConfigSource.load(path, parameters: parameters, secrets)
                },
                changed: { [weak self] source in
                    try await self?.reload(context, source, path: path, parameters: parameters)
                },
                refused: { [weak self] error in await self?.refused(error, context) }))
        self.watch = watch
        watch.start(clock: clock) { [settings] in settings.reloadInterval() }
    }

    private func reload(
        _ context: Context, _ source: ConfigSource, path: String, parameters: AnyValueMap
    ) throws(ApplicationError) {
        let document = try ConfigText.read(source, path: path, parameters: parameters)
        for warning in try reload(context, ContainerConfig(document)) { log.warn(context, "\(warning)") }
        log.info(context, "Container \(name) has applied the changes in \(path)")
    }

    /// Logs the names of changed settings. Values are omitted: they may be secret.
    private func noteChanges(_ reloads: [(component: ManagedComponent, reload: ConfigReload)], _ context: Context) {
        for (component, reload) in reloads {
            let keys = reload.changedKeys
            guard !keys.isEmpty,
                let index = components.firstIndex(where: { $0.model === component.model })
            else { continue }
            components[index].reloaded = reload.config
            log.info(context, "\(component.locator): new values of \(keys.joined(separator: ", "))")
        }
    }

    private func refused(_ error: any Error, _ context: Context) {
        log.error(context, error: error, "The changed configuration is rejected, the old one stays")
    }

    private func needsRestart(_ what: String, _ config: ComponentConfig) -> ConfigProblem {
        ConfigProblem(
            .warning, code: "NEEDS_RESTART", "\(what), which takes effect at the next start",
            component: config.descriptor?.description, file: config.file, line: config.lines[""])
    }
}
