/// Opening and closing the components.
extension Container {
    func openComponents(_ context: Context) async throws {
        for index in composition?.order.indexes ?? [] {
            failing = "\(components[index].locator)"
            for component in components[index].model.components { try await open(component, context) }
        }
        for component in opened {
            guard let edge = component.edge else { continue }
            failing = name(of: component.component)
            try Task.checkCancellation()
            try await edge.startAccepting(context)
        }
        failing = nil
        try Task.checkCancellation()
    }

    func open(_ component: any Component, _ context: Context) async throws {
        try Task.checkCancellation()
        // A component that fails to open is also closed: it may hold resources.
        let part = OpenedComponent(component)
        opened.append(part)
        try await part.openable?.open(context)
    }

    /// Drains and closes all open components.
    func shutDown(_ context: Context, draining: Bool) async -> ShutdownReport {
        // Runs in its own task, so that cancellation of the caller does not leave components open.
        await Task { await shutDownUncancelled(context, draining: draining) }.value
    }

    /// Drains components and closes them in reverse order; loggers and their dependencies close last. A component that
    /// exceeds its time leaves each remaining component at least its share.
    func end(
        _ ending: [OpenedComponent], _ context: Context, within timeout: Duration,
        beforeLoggers: () -> Void = {}
    ) async -> ShutdownReport {
        let clock = clock
        let deadline = clock.uptime + timeout
        let loggers = loggerParts
        var report = await drain(ending, context, within: timeout / 2, clock)
        let closing = ending.reversed().filter { $0.closable != nil }
        var rest = closing.count
        let share = max(.zero, deadline - clock.uptime) / (2 * max(1, rest))
        for isLast in [false, true] {
            if isLast { beforeLoggers() }
            for component in closing where loggers.contains(ObjectIdentifier(component.component)) == isLast {
                rest -= 1
                let bound = max(share, deadline - clock.uptime - share * rest)
                await close(component, context, within: bound, clock, &report)
            }
        }
        return report
    }

    /// Updates the health reporter with the current components.
    func updateHealth() {
        ownHealth.set(
            components, timeout: settings.healthTimeout(), maxAge: settings.healthMaxAge(), clock: clock)
    }

    private func close(
        _ component: OpenedComponent, _ context: Context, within bound: Duration, _ clock: any ClockSource,
        _ report: inout ShutdownReport
    ) async {
        guard let closable = component.closable else { return }
        do {
            guard try await withTimeout(bound, clock: clock, { try await closable.close(context) }) == nil else {
                return
            }
            let name = name(of: component.component)
            report.add(overrun: name)
            log.error(context, "\(name) did not close within \(bound.settingText) ms, and is abandoned")
        } catch {
            let name = name(of: component.component)
            report.add(failed: name)
            log.error(context, error: error, "Failed to close \(name)")
        }
    }

    /// The loggers and the components that they depend on.
    private var loggerParts: Set<ObjectIdentifier> {
        var owners: [ObjectIdentifier: Int] = [:]
        for (index, component) in components.enumerated() {
            for inner in component.model.components { owners[ObjectIdentifier(inner)] = index }
        }
        var found = components.indices.filter { components[$0].model.component is any Logger }
        var all = Set(found)
        while let index = found.popLast() {
            for needed in components[index].model.openedBefore.compactMap({ owners[$0] })
            where all.insert(needed).inserted { found.append(needed) }
        }
        return Set(all.flatMap { components[$0].model.components.map { ObjectIdentifier($0) } })
    }

    private func shutDownUncancelled(_ context: Context, draining: Bool) async -> ShutdownReport {
        if draining {
            let delay = settings.shutdownDelay()
            if delay > .zero { try? await clock.sleep(for: delay) }
        }
        var bound = settings.shutdownTimeout()
        var unfinished: [String] = []
        if !changes.isEmpty {
            let start = clock.uptime
            unfinished = await endChanges(within: bound / 4)
            bound -= clock.uptime - start
        }
        let ending = opened
        opened = []
        var report = await end(ending, context, within: bound) {
            for name in unfinished {
                log.error(context, "\(name) was still being added or removed, and is abandoned")
            }
            if draining { log.info(context, "Container \(name) stopped") }
        }
        for name in unfinished { report.add(overrun: name) }
        for component in components.reversed() where component.origin == .code { await component.model.unlink() }
        await composition?.unlink()
        references.clear()
        ownHealth.set([], timeout: .zero, maxAge: .zero, clock: SystemClock())
        ownHealth.set(.stopped)
        (components, joining, settings, composition) = ([], [], ContainerSettings(), nil)
        (opening, closing, state) = (nil, nil, .closed)
        return report
    }

    /// Cancels running `put` calls and waits for them and for removals. A `put` that ends later undoes itself.
    ///
    /// - Returns: the names of the components whose changes did not end in time.
    private func endChanges(within bound: Duration) async -> [String] {
        let tasks = changes.values.map(\.task)
        for task in tasks { task.cancel() }
        _ = try? await withTimeout(bound, clock: clock) { for task in tasks { _ = await task.result } }
        let late = changes.sorted { $0.key < $1.key }.map(\.value.name)
        changes = [:]
        return late
    }

    private func drain(
        _ ending: [OpenedComponent], _ context: Context, within bound: Duration, _ clock: any ClockSource
    ) async -> ShutdownReport {
        await withTaskGroup(of: (any Component)?.self) { group in
            for component in ending {
                guard let edge = component.edge else { continue }
                group.addTask {
                    let ended: Void? = try? await withTimeout(bound, clock: clock) { await edge.drain(context) }
                    return ended == nil ? component.component : nil
                }
            }
            var report = ShutdownReport()
            for await component in group {
                guard let component else { continue }
                let name = name(of: component)
                report.add(overrun: name)
                log.error(
                    context, "\(name) still had work in flight after \(bound.settingText) ms, which is cancelled")
            }
            return report
        }
    }

    private func name(of component: any Component) -> String {
        let owner = components.first { $0.model.components.contains { $0 === component } }
        return owner.map { "\($0.locator)" } ?? "\(type(of: component))"
    }
}
