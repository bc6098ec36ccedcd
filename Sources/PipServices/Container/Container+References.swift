/// Adding and removing components while the container is open (the toolkit's `ManagedReferences`).
extension Container {
    /// Adds a component to the open service: configures, links and opens it, and links it to components with a matching
    /// dependency. An ``Edge`` starts accepting work. Closing the container cancels a `put` in progress.
    ///
    /// - Parameters:
    ///   - locator: the locator under which the component is registered.
    ///   - config: the component's settings.
    /// - Throws: InvalidState `NOT_OPENED`; a Misconfiguration that lists all mistakes; errors that the component
    ///   throws from `open`. On an error, the service is unchanged.
    public func put(
        _ context: Context, _ locator: Locator, _ component: any Component, config: ConfigParams = [:]
    ) async throws {
        try checkOpen(context)
        let managed = ManagedComponent(
            locator: locator,
            config: ComponentConfig(locator.descriptor ?? Descriptor(nil, nil, nil, nil, nil), config),
            model: ComponentModel(component, name: "\(locator)"), origin: .code)
        let change = change(name: "\(locator)") { try await self.add(managed, context) }
        try await withTaskCancellationHandler {
            try await change.value
        } onCancel: {
            change.cancel()
        }
    }

    /// Removes a component from the open service: other components release it, it drains and is closed. All this
    /// happens within `shutdown.timeout`, even if the caller is cancelled. Components that depend on it and are still
    /// being removed end first.
    ///
    /// - Returns: the newest component that matched; nil if none did.
    /// - Throws: InvalidState `NOT_OPENED`, or `IN_USE` if other components require it.
    @discardableResult
    public func remove(_ context: Context, _ locator: Locator) async throws -> (any Component)? {
        try checkOpen(context)
        guard let reference = references.matches(locator).first(where: { $0.component is any Component }),
            let index = components.firstIndex(where: { ObjectIdentifier($0.model.component) == reference.identity })
        else { return nil }
        let removed = components[index]
        let rest = references.without(reference.identity ?? ObjectIdentifier(removed.model.component))
        let needing = (components + joining).filter { other in
            other.model.component !== removed.model.component
                && !other.model.check(rest, config: other.config.config).isEmpty
        }
        guard needing.isEmpty else {
            let names = needing.map { "'\($0.locator)'" }.joined(separator: ", ")
            throw ApplicationError.invalidState(
                code: "IN_USE", "'\(removed.locator)' can't be removed: \(names) can't do without it",
                traceId: context.traceId, details: ["component": .string("\(removed.locator)")])
        }
        components.remove(at: index)
        references.remove(identity: ObjectIdentifier(removed.model.component))
        relink(except: removed)
        let inner = removed.model.components
        let ending = opened.filter { one in inner.contains { $0 === one.component } }
        opened.removeAll { one in inner.contains { $0 === one.component } }
        let own = Set(inner.map { ObjectIdentifier($0) })
        let dependents = changes.values.filter { $0.leaving?.openedBefore.contains(where: own.contains) == true }
        // Not cancelled with the caller: the component is already unregistered and must be closed.
        try await change(name: "\(removed.locator)", leaving: removed.model) {
            for dependent in dependents { _ = await dependent.task.result }
            await self.end(ending, of: removed.model, context)
        }.value
        return removed.model.component
    }

    // MARK: - Internal

    private func checkOpen(_ context: Context, _ opening: Composition? = nil) throws(ApplicationError) {
        guard state == .open, opening == nil || opening === composition else {
            throw .invalidState(code: "NOT_OPENED", "Container '\(name)' is not open", traceId: context.traceId)
        }
    }

    /// Runs a change of the components in its own task. `close` waits for that task.
    private func change(
        name: String, leaving: ComponentModel? = nil, _ work: @escaping @Sendable () async throws -> Void
    ) -> Task<Void, any Error> {
        changeCount += 1
        let id = changeCount
        let task = Task {
            defer { changes[id] = nil }
            try await work()
        }
        changes[id] = (name, task, leaving)
        return task
    }

    /// Configures, links, opens and registers a component. Undoes all steps on an error.
    private func add(_ managed: ManagedComponent, _ context: Context) async throws {
        let (model, config, composition) = (managed.model, managed.config.config, composition)
        // The container may have been closed and reopened in the meantime.
        func checkUnchanged() throws {
            try checkOpen(context, composition)
            try Task.checkCancellation()
        }
        var own: [OpenedComponent] = []
        do {
            var problems = try await model.configure(config)
            try checkUnchanged()
            joining.append(managed)
            problems += try await model.link(references, config: config) + model.unknownKeys(in: config)
            try ConfigProblem.throwIfAny(problems)
            for warning in problems { log.warn(context, "\(warning)") }
            for inner in model.components {
                try checkUnchanged()
                let part = OpenedComponent(inner)
                own.append(part)
                try await part.openable?.open(context)
            }
            // Before others link to it: an edge that fails to start leaves no trace.
            for edge in own.compactMap(\.edge) {
                try checkUnchanged()
                try await edge.startAccepting(context)
            }
            try checkUnchanged()
        } catch {
            await end(own, of: model, context)
            joining.removeAll { $0.model === model }
            // If `close` cancelled the call, the error says so.
            try checkOpen(context, composition)
            throw error
        }
        joining.removeAll { $0.model === model }
        opened += own
        components.append(managed)
        references.put(managed.locator, model.component)
        relink(except: managed)
    }

    /// Drains and closes the parts of one component, even if the caller is cancelled.
    private func end(_ parts: [OpenedComponent], of model: ComponentModel, _ context: Context) async {
        await Task {
            _ = await end(parts, context, within: settings.shutdownTimeout())
            await model.unlink()
        }.value
    }

    private func relink(except changed: ManagedComponent) {
        for component in components + joining where component.model.component !== changed.model.component {
            component.model.relink(references, config: component.config.config)
        }
        composition?.relinkLogger()
        updateHealth()
    }
}
