import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ContainerHealthTests {
    final class Part: Component, Readiness {
        let reason = Setting("reason", default: "")
        let hangs = Setting("hangs", default: false)
        let asked = Locked(0)
        let isReleased = Locked(false)

        func checkReadiness(_ context: Context) async throws {
            asked.withLock { $0 += 1 }
            // One that does not even react to being cancelled.
            while hangs(), !isReleased.current { await Task.yield() }
            if !reason().isEmpty { throw ApplicationError.connection(code: "NO", reason()) }
        }
    }

    private func withParts(
        _ settings: [String], clock: VirtualClock = VirtualClock(),
        _ body: @Sendable (Container, VirtualClock) async throws -> Void
    ) async throws {
        var yaml = "- descriptor: test:clock:default:default:1.0\n"
        for (index, setting) in settings.enumerated() {
            yaml += "- descriptor: test:part:default:\(index):1.0\n  \(setting)\n"
        }
        let factory = Factory("test:part:*:*:1.0") { Part() }
        factory.register("test:clock:*:*:1.0") { clock }
        try await withContainer(yaml: yaml, factories: [factory]) { try await body($0, clock) }
    }

    @Test func aServiceIsReadyWhenAllItsComponentsAre() async throws {
        try await withParts(["reason: ''", "reason: the broker is down"]) { container, _ in
            let report = await container.health.report(.empty)
            #expect(report.state == .running && report.isLive && !report.isReady)
            #expect(report.components.map(\.isReady) == [true, false])
            #expect(report.components.last?.name == "test:part:default:1:1.0")
            #expect(report.components.last?.reason == "the broker is down")
        }
        try await withParts(["reason: ''"]) { container, _ in
            #expect(await container.health.report(.empty).isReady)
            let found = container.references.getOneOptional("*:health:*:*:1.0", as: (any HealthReporter).self)
            #expect(await found?.report(.empty).isReady == true)
        }
    }

    /// A report that waits for nothing; an error if it does not come.
    private func reportAtOnce(_ container: Container) async throws -> HealthReport {
        let report = Locked<HealthReport?>(nil)
        Task {
            let new = await container.health.report(.empty)
            report.withLock { $0 = new }
        }
        try await waitUntil(within: .seconds(30)) { report.current != nil }
        return try #require(report.current)
    }

    @Test func theAnswerIsBoundedInTime() async throws {
        try await withParts(["hangs: true"]) { container, clock in
            let part = container.references.getOneOptional("test:part:*:0:*", as: Part.self)
            defer { part?.isReleased.withLock { $0 = true } }
            async let report = container.health.report(.empty)
            try await waitUntil { clock.sleeperCount > 0 }
            // Below the second that probes wait by default, so that they learn the reason.
            clock.advance(by: .milliseconds(800))
            #expect(await report.components.map(\.reason) == ["did not answer within 800 ms"])
            // It still hangs: it is not asked again on top.
            let second = try await reportAtOnce(container)
            #expect(second.components.first?.reason == "has not responded to the previous check")
            #expect(part?.asked.current == 1)
            // Nor after the components have changed.
            try await container.put(.empty, "test:part:default:1:1.0", Part())
            let third = try await reportAtOnce(container)
            #expect(
                third.components.map(\.reason) == ["has not responded to the previous check", nil], "\(third)")
            #expect(part?.asked.current == 1)
        }
    }

    @Test("Concurrent readiness requests share one check") func concurrentQuestionsShareACheck() async throws {
        try await withParts(["hangs: true"]) { container, _ in
            let part = try container.references.getOneRequired("test:part:*:0:*", as: Part.self)
            let reports = try await withThrowingTaskGroup(of: HealthReport.self) { group in
                for _ in 0..<20 { group.addTask { await container.health.report(.empty) } }
                try await waitUntil(within: .seconds(30)) { part.asked.current == 1 }
                // So that all of them have asked, or will ask in vain.
                for _ in 0..<1000 { await Task.yield() }
                part.isReleased.withLock { $0 = true }
                return try await group.reduce(into: [HealthReport]()) { $0.append($1) }
            }
            #expect(reports.allSatisfy { $0.isReady }, "\(reports)")
        }
    }

    @Test("A readiness result is reused for health.max_age, but not after a change of the components")
    func answersAreReused() async throws {
        let settings =
            "reason: ''\n- descriptor: pip-services:container:default:default:1.0\n  health: { max_age: 1000 }"
        try await withParts([settings]) { container, clock in
            let part = try container.references.getOneRequired("test:part:*:0:*", as: Part.self)
            for _ in 0..<3 { #expect(await container.health.report(.empty).isReady) }
            #expect(part.asked.current == 1)
            clock.advance(by: .milliseconds(999))
            _ = await container.health.report(.empty)
            #expect(part.asked.current == 1)
            clock.advance(by: .milliseconds(1))
            _ = await container.health.report(.empty)
            #expect(part.asked.current == 2)
            try await container.put(.empty, "test:part:default:9:1.0", Part(), config: ["reason": "new"])
            #expect(await !container.health.report(.empty).isReady)
        }
    }

    @Test("A check that began before the components changed is not reused") func lateAnswersAreNotReused() async throws
    {
        let settings =
            "hangs: true\n- descriptor: pip-services:container:default:default:1.0\n  health: { max_age: 60000 }"
        try await withParts([settings]) { container, _ in
            let part = try container.references.getOneRequired("test:part:*:0:*", as: Part.self)
            let first = Task { await container.health.report(.empty) }
            try await waitUntil(within: .seconds(30)) { part.asked.current == 1 }
            try await container.put(.empty, "test:part:default:9:1.0", Part())
            part.isReleased.withLock { $0 = true }
            #expect(await first.value.components.count == 1)
            #expect(await container.health.report(.empty).components.count == 2)
        }
    }

    @Test("A service that was closed keeps none of its components") func closedServicesKeepNothing() async throws {
        try await withParts(["reason: ''"]) { container, _ in
            func find() throws -> @Sendable () -> Part? {
                let part = try container.references.getOneRequired("test:part:*:0:*", as: Part.self)
                return { [weak part] in part }
            }
            let part = try find()
            #expect(await container.health.report(.empty).isReady)
            try await container.close(.empty)
            try await waitUntil(within: .seconds(30)) { part() == nil }
        }
    }

    @Test func onlyAnOpenServiceIsReady() async throws {
        let container = Container("test", factories: [])
        #expect(await container.health.report(.empty) == HealthReport(state: .stopped))
        #expect(!container.health.isLive)
        try await container.open(.empty)
        #expect(container.health.isLive)
        #expect(await container.health.report(.empty).isReady)
        try await container.close(.empty)
        #expect(await !container.health.report(.empty).isReady)
    }
}
