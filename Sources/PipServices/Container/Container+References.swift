/// Components that come and go while the container is open (the toolkit's `ManagedReferences`).
extension Container {
    /// Puts a component into the open service: configures, links and opens it, and gives it to the components that
    /// look for one like it. An edge starts to accept work.
    ///
    /// - Parameters:
    ///   - locator: what the component is looked up by.
    ///   - config: its section of the configuration.
    /// - Throws: InvalidState `NOT_OPENED`; a Misconfiguration that names all mistakes; or what the component throws
    ///   when it opens. Then the service is as it was before.
    public func put(
        _ context: Context, _ locator: Locator, _ component: any Component, config: ConfigParams = [:]
    ) async throws {
        try checkOpen(context)
        let model = ComponentModel(component, name: "\(locator)")
        let managed = ManagedComponent(
            locator: locator,
            config: ComponentConfig(locator.descriptor ?? Descriptor(nil, nil, nil, nil, nil), config),
            model: model, origin: .code)
        var own: [OpenedComponent] = []
        do {
            var problems = try await model.configure(config)
            problems += try await model.link(references, config: config) + model.unknownKeys(in: config)
            try ConfigProblem.throwIfAny(problems)
            for warning in problems { log.warn(context, "\(warning)") }
            for inner in model.components {
                // The container may have been closed meanwhile.
                try checkOpen(context)
                own.append(OpenedComponent(inner))
                try await open(inner, context)
            }
            // Before others are linked with it: an edge that can't accept leaves no trace.
            for edge in own.compactMap(\.edge) {
                try checkOpen(context)
                try await edge.startAccepting(context)
            }
            try checkOpen(context)
        } catch {
            // What is not among the opened ones any more is ended by the container, which closes.
            let failed = own.filter { one in opened.contains { $0.component === one.component } }
            opened.removeAll { one in failed.contains { $0.component === one.component } }
            _ = await end(failed, context, within: settings.shutdownTimeout())
            await model.unlink()
            throw error
        }
        components.append(managed)
        references.put(locator, component)
        relink(except: managed)
    }

    /// Takes a component out of the open service: other components let go of it, its work ends, and it is closed, all
    /// within `shutdown.timeout`.
    ///
    /// - Returns: the newest component that matched; nil when there was none.
    /// - Throws: InvalidState `NOT_OPENED`, or `IN_USE` when other components can't do without it.
    @discardableResult
    public func remove(_ context: Context, _ locator: Locator) async throws -> (any Component)? {
        try checkOpen(context)
        guard let reference = references.matches(locator).first(where: { $0.component is any Component }),
            let index = components.firstIndex(where: { ObjectIdentifier($0.model.component) == reference.identity })
        else { return nil }
        let removed = components[index]
        let identity = ObjectIdentifier(removed.model.component)
        let rest = references.without(identity)
        let needing = components.filter { other in
            other.locator != removed.locator && !other.model.check(rest, config: other.config.config).isEmpty
        }
        guard needing.isEmpty else {
            let names = needing.map { "'\($0.locator)'" }.joined(separator: ", ")
            throw ApplicationError.invalidState(
                code: "IN_USE", "'\(removed.locator)' can't be removed: \(names) can't do without it",
                traceId: context.traceId, details: ["component": .string("\(removed.locator)")])
        }
        components.remove(at: index)
        references.remove(identity: identity)
        relink(except: removed)
        let inner = removed.model.components
        let ending = opened.filter { one in inner.contains { $0 === one.component } }
        opened.removeAll { one in inner.contains { $0 === one.component } }
        _ = await end(ending, context, within: settings.shutdownTimeout())
        await removed.model.unlink()
        return removed.model.component
    }

    // MARK: - Internal

    private func checkOpen(_ context: Context) throws(ApplicationError) {
        guard state == .open else {
            throw .invalidState(code: "NOT_OPENED", "Container '\(name)' is not open", traceId: context.traceId)
        }
    }

    private func relink(except changed: ManagedComponent) {
        for component in components where component.model.component !== changed.model.component {
            component.model.relink(references, config: component.config.config)
        }
        composition?.relinkLogger()
        updateHealth()
    }
}
