/// Opening and closing the components.
extension Container {
    func openComponents(_ context: Context) async throws {
        for index in composition?.order.indexes ?? [] {
            for component in components[index].model.components { try await open(component, context) }
        }
        for edge in opened.compactMap(\.edge) {
            try Task.checkCancellation()
            try await edge.startAccepting(context)
        }
    }

    func open(_ component: any Component, _ context: Context) async throws {
        try Task.checkCancellation()
        // Also one that fails to open is closed again: it may hold part of what it needs.
        opened.append(OpenedComponent(component))
        try await (component as? any Openable)?.open(context)
    }

    /// Drains and closes what is open. Gives the names of what did not end in time.
    func shutDown(_ context: Context, draining: Bool) async -> [String] {
        // A task of its own: that the caller is cancelled must not keep components from closing.
        await Task { await shutDownUncancelled(context, draining: draining) }.value
    }

    /// Ends the work of some components and closes them, the last one first. Gives the names of those that did not end
    /// in time.
    func end(_ ending: [OpenedComponent], _ context: Context, within timeout: Duration) async -> [String] {
        let clock = clock
        let deadline = clock.uptime + timeout
        var overrun = await drain(ending, context, within: timeout / 2, clock)
        for component in ending.reversed() {
            guard let closable = component.closable else { continue }
            do {
                let left = max(.zero, deadline - clock.uptime)
                if try await withTimeout(left, clock: clock, { try await closable.close(context) }) == nil {
                    overrun.append(name(of: component.component))
                }
            } catch {
                log.error(context, error: error, "Failed to close \(name(of: component.component))")
            }
        }
        for component in overrun { log.error(context, "\(component) did not end within \(timeout.settingText) ms") }
        return overrun
    }

    private func shutDownUncancelled(_ context: Context, draining: Bool) async -> [String] {
        if draining {
            let delay = settings.shutdownDelay()
            if delay > .zero { try? await clock.sleep(for: delay) }
        }
        let overrun = await end(opened, context, within: settings.shutdownTimeout())
        if draining { log.info(context, "Container \(name) stopped") }
        for component in components.reversed() where component.origin == .code { await component.model.unlink() }
        await composition?.unlink()
        references.clear()
        ownHealth.set([], timeout: .zero, clock: SystemClock())
        ownHealth.set(.stopped)
        (components, opened, settings, composition, state) = ([], [], ContainerSettings(), nil, .closed)
        return overrun
    }

    private func drain(
        _ ending: [OpenedComponent], _ context: Context, within bound: Duration, _ clock: any ClockSource
    ) async -> [String] {
        await withTaskGroup(of: (any Component)?.self) { group in
            for component in ending {
                guard let edge = component.edge else { continue }
                group.addTask {
                    let ended: Void? = try? await withTimeout(bound, clock: clock) { await edge.drain(context) }
                    return ended == nil ? component.component : nil
                }
            }
            var overrun: [String] = []
            for await component in group {
                if let component { overrun.append(name(of: component)) }
            }
            return overrun
        }
    }

    private func name(of component: any Component) -> String {
        let owner = components.first { $0.model.components.contains { $0 === component } }
        return owner.map { "\($0.locator)" } ?? "\(type(of: component))"
    }
}
