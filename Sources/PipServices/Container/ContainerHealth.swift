/// The health reporter of a container.
final class ContainerHealth: HealthReporter {
    private struct Content {
        var state = HealthReport.State.stopped
        var components: [(name: String, component: any Component)] = []
        /// Collected on first use, because services are often probed late or never.
        var readiness: [(name: String, id: ObjectIdentifier, readiness: any Readiness)]?
        var timeout = Duration.zero
        /// How long a result is reused.
        var maxAge = Duration.zero
        var clock: any ClockSource = SystemClock()
        /// The check in progress, shared by all concurrent callers.
        var check: Task<[HealthReport.Component], Never>?
        var last: (components: [HealthReport.Component], time: Duration)?
        /// Counts changes of the components. A result of an earlier generation is not reused.
        var generation = 0
        /// Components with an unanswered check: one that hangs is not asked again.
        var asked: Set<ObjectIdentifier> = []
    }

    private enum Answer: Sendable {
        case known(HealthReport)
        case pending(Task<[HealthReport.Component], Never>)
    }

    private let content = Locked(Content())

    func set(_ state: HealthReport.State) { content.withLock { $0.state = state } }

    func set(_ components: [ManagedComponent], timeout: Duration, maxAge: Duration, clock: any ClockSource) {
        let inner = components.flatMap { managed in managed.model.components.map { ("\(managed.locator)", $0) } }
        content.displace { content in
            let old = content
            content.components = inner
            content.readiness = nil
            content.timeout = timeout
            content.maxAge = maxAge
            content.clock = clock
            content.check = nil
            content.last = nil
            content.generation += 1
            return old
        }
    }

    var isLive: Bool { content.withLock { $0.state != .stopped } }

    func report(_ context: Context) async -> HealthReport {
        let now = content.withLock { $0.clock }.uptime
        let answer: Answer = content.withLock { content in
            guard content.state == .running else { return .known(HealthReport(state: content.state)) }
            if let last = content.last, now - last.time < content.maxAge {
                return .known(HealthReport(state: content.state, components: last.components))
            }
            let generation = content.generation
            let check = content.check ?? Task { await self.check(context, generation) }
            content.check = check
            return .pending(check)
        }
        switch answer {
        case .known(let report): return report
        case .pending(let check):
            let components = await check.value
            // It may have begun to stop in the meantime.
            return HealthReport(state: content.withLock { $0.state }, components: components)
        }
    }

    // MARK: - Internal

    /// Checks all components.
    private func check(_ context: Context, _ generation: Int) async -> [HealthReport.Component] {
        let (readiness, timeout, clock) = content.withLock { content in
            let readiness =
                content.readiness
                ?? content.components.compactMap { name, component in
                    (component as? any Readiness).map { (name, ObjectIdentifier(component), $0) }
                }
            content.readiness = readiness
            return (readiness, content.timeout, content.clock)
        }
        let answers = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, (_, id, component)) in readiness.enumerated() {
                guard content.withLock({ $0.asked.insert(id).inserted }) else {
                    group.addTask { (index, "has not responded to the previous check") }
                    continue
                }
                group.addTask { (index, await self.reason(id, component, context, timeout, clock)) }
            }
            var reasons = [String?](repeating: nil, count: readiness.count)
            for await (index, reason) in group { reasons[index] = reason }
            return reasons
        }
        let components = zip(readiness, answers).map { component, reason in
            HealthReport.Component(name: component.name, isReady: reason == nil, reason: reason)
        }
        let end = clock.uptime
        content.withLock { content in
            guard content.generation == generation else { return }
            content.check = nil
            content.last = (components, end)
        }
        return components
    }

    /// Returns why a component is not ready; nil if it is ready.
    private func reason(
        _ id: ObjectIdentifier, _ component: any Readiness, _ context: Context, _ timeout: Duration,
        _ clock: any ClockSource
    ) async -> String? {
        do {
            let answer: Void? = try await withTimeout(timeout.asLimit, clock: clock) {
                defer { self.content.withLock { _ = $0.asked.remove(id) } }
                try await component.checkReadiness(context)
            }
            return answer == nil ? "did not answer within \(timeout.settingText) ms" : nil
        } catch let error as ApplicationError {
            return error.message
        } catch {
            return "\(error)"
        }
    }
}
