import PipServices
import PipServicesTesting
import Testing

@Suite struct AssembleTests {
    private final class Worker: Component {
        let lock = Dependency<any Lock>("lock", "*:lock:*:*:1.0")
        let outer = OptionalDependency<Needy>("needy", "test:needy:*:*:1.0")
    }

    private final class Needy: Component {
        let worker = Dependency<Worker>("worker", "test:worker:*:*:1.0")
        let limit = Setting("limit", default: 1)
    }

    @Test("A lock among the references uses the virtual clock") func referencesAreFilled() async throws {
        let clock = VirtualClock()
        let worker = try await assemble(
            Worker(),
            references: ["test:lock:memory:default:1.0": MemoryLock(), "test:clock:virtual:default:1.0": clock])
        let lock = try worker.lock()
        #expect(try await lock.tryAcquire(.empty, "a", ttl: .seconds(10)) != nil)
        #expect(try await lock.tryAcquire(.empty, "a", ttl: .seconds(10)) == nil)
        clock.advance(by: .seconds(11))
        #expect(try await lock.tryAcquire(.empty, "a", ttl: .seconds(10)) != nil)
    }

    @Test("References in a registry are filled too") func registriesAreFilled() async throws {
        let clock = VirtualClock()
        let lock = MemoryLock()
        let references = References([
            ("test:lock:memory:default:1.0", lock), ("test:clock:virtual:default:1.0", clock),
        ])
        try await assemble(Worker(), references: references)
        #expect(lock.clock.uptime == .zero)
        clock.advance(by: .seconds(5))
        #expect(lock.clock.uptime == .seconds(5))
    }

    @Test("A missing dependency of a reference is an error with the reference's locator")
    func missingReferencesFail() async throws {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(
                Worker(),
                references: ["test:lock:memory:default:1.0": MemoryLock(), "test:needy:default:a:1.0": Needy()])
        }
        #expect(error?.code == "BAD_CONFIG")
        #expect(error?.details["codes"] == ["REF_ERROR"])
        #expect(error?.message.contains("test:needy:default:a:1.0") == true)
    }

    @Test("A reference that was already assembled keeps its settings and dependencies")
    func assembledReferencesStay() async throws {
        let (first, second) = (VirtualClock(), VirtualClock())
        let lock = try await assemble(MemoryLock(), references: ["test:clock:virtual:default:1.0": first])
        let inner = try await assemble(Worker(), references: ["test:lock:memory:default:1.0": lock])
        let needy = try await assemble(
            Needy(), config: ["limit": "7"], references: ["test:worker:default:default:1.0": inner])
        let worker = try await assemble(
            Worker(),
            references: [
                "test:lock:memory:default:1.0": lock, "test:needy:default:default:1.0": needy,
                "test:clock:virtual:default:1.0": second,
            ])
        first.advance(by: .seconds(5))
        #expect(lock.clock.uptime == .seconds(5))
        #expect(worker.outer()?.limit() == 7)
        #expect(try worker.outer()?.worker() === inner)
    }
}
