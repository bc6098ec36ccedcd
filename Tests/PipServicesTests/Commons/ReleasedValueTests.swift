import PipServicesTesting
import Testing
import Tracing

@testable import PipServices

/// Values of callers are released outside the lock that guards them, because their `deinit` may use its owner.
@Suite struct ReleasedValueTests {
    /// A value that calls a function when it is released.
    private final class Probe: Component, Codable, Error, CustomStringConvertible {
        private let onRelease: @Sendable () -> Void

        init(_ onRelease: @escaping @Sendable () -> Void = {}) { self.onRelease = onRelease }
        init(from decoder: any Decoder) throws { throw ApplicationError.internal(code: "DECODED", "decoded") }
        func encode(to encoder: any Encoder) throws { throw ApplicationError.internal(code: "ENCODED", "encoded") }

        var description: String { "probe" }

        deinit { onRelease() }
    }

    private struct ProbeLogger: PipServices.Logger {
        let probe: Probe
        var level: LogLevel { .none }
        func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {}
    }

    /// Stores a probe, releases it, and expects that `use`, which the probe calls, returns.
    private func check(
        use: @escaping @Sendable () -> Void, store: (Probe) throws -> Void, release: @escaping @Sendable () -> Void
    ) async throws {
        let isReleased = Locked(false)
        try store(
            Probe {
                use()
                isReleased.withLock { $0 = true }
            })
        let wasKept = !isReleased.current
        #expect(wasKept)
        // A deadlock must not block a thread of the cooperative pool.
        try OwnThread.start(release)
        try await waitUntil(within: .seconds(30)) { isReleased.current }
    }

    @Test("A value that is released by a snapshot can change the snapshot") func snapshot() async throws {
        let snapshot = Snapshot<Probe?>(nil)
        try await check {
            snapshot.change { $0 = nil }
        } store: { probe in
            snapshot.change { $0 = probe }
        } release: {
            snapshot.change { $0 = nil }
        }
    }

    enum StateRelease: CaseIterable, Sendable { case replaced, removed, deleted, readLate, deletedLate, writtenLate }

    @Test("A state that is released by a store can use the store", arguments: StateRelease.allCases)
    func state(_ release: StateRelease) async throws {
        let clock = VirtualClock()
        let store = try await assemble(
            MemoryStateStore(), config: ["options.timeout": "1000"],
            references: ["test:clock:virtual:default:1.0": clock])
        try await check {
            store.save(.empty, "of the probe", 1)
        } store: { probe in
            store.save(.empty, "k", probe)
        } release: {
            switch release {
            case .replaced: store.save(.empty, "k", 1)
            case .removed: store.save(.empty, "k", AnyValue.null)
            case .deleted: _ = try? store.delete(.empty, "k", as: Int.self)
            case .readLate:
                clock.advance(by: .seconds(2))
                _ = try? store.load(.empty, "k", as: Int.self)
            case .deletedLate:
                clock.advance(by: .seconds(2))
                _ = try? store.delete(.empty, "k", as: Int.self)
            case .writtenLate:
                clock.advance(by: .seconds(2))
                store.save(.empty, "other", 1)
            }
        }
    }

    @Test("An item that is dropped by a buffer can use the buffer", arguments: [false, true])
    func bufferedItem(isCleared: Bool) async throws {
        let buffer = try await assemble(
            CachedBuffer<Probe>(save: { _ in }, note: { _ in Probe() }, report: { _ in }),
            config: ["options.max_cache_size": "1"])
        try await check {
            buffer.add(Probe())
        } store: { probe in
            buffer.add(probe)
        } release: {
            if isCleared {
                buffer.clear()
            } else {
                for _ in 0..<10 { buffer.add(Probe()) }
            }
        }
    }

    @Test("A component that is released by references can use them", arguments: [false, true])
    func component(isCleared: Bool) async throws {
        let (references, identity) = (References(), Locked<ObjectIdentifier?>(nil))
        try await check {
            _ = references.getOptional("a:b:c:d:1.0", as: Probe.self)
        } store: { probe in
            references.put("a:b:c:d:1.0", probe)
            identity.withLock { $0 = ObjectIdentifier(probe) }
        } release: {
            if isCleared {
                references.clear()
            } else if let identity = identity.current {
                references.remove(identity: identity)
            }
        }
    }

    @Test("A removed route's handler can use the endpoint when it is released") func route() async throws {
        let (endpoint, owner) = (HTTPEndpoint(), Probe())
        try await check {
            endpoint.unregister(owner)
        } store: { probe in
            let route = RestRoute(.get, "/x") { (_: Context, _: RestRequest) -> String? in probe.description }
            endpoint.register([route], for: owner)
        } release: {
            endpoint.unregister(owner)
        }
    }

    @Test("A logger that is released by a relay can log through it") func relayedLogger() async throws {
        let relay = EcosystemRelay(fallback: NullLogger())
        try await check {
            relay.info(.empty, "released")
        } store: { probe in
            relay.connect(References([("a:logger:probe:1:1.0", ProbeLogger(probe: probe))]))
        } release: {
            relay.disconnect()
        }
    }

    @Test("A released component can read the container's health") func healthOfComponent() async throws {
        let health = ContainerHealth()
        try await check {
            _ = health.isLive
        } store: { probe in
            let descriptor = Descriptor("a", "b", "c", "d", "1.0")
            let component = ManagedComponent(
                locator: .descriptor(descriptor), config: ComponentConfig(descriptor),
                model: try ComponentModel.create(name: "probe") { probe })
            health.set([component], timeout: .zero, maxAge: .zero, clock: SystemClock())
        } release: {
            health.set([], timeout: .zero, maxAge: .zero, clock: SystemClock())
        }
    }

    @Test("An error or attribute that is released by a span can use the span", arguments: [false, true])
    func spanValue(isAttribute: Bool) async throws {
        let span = BridgedTracer(NullTracer()).startSpan("x", context: .topLevel)
        try await check {
            _ = span.isRecording
        } store: { probe in
            if isAttribute {
                span.attributes = ["k": .stringConvertible(probe)]
            } else {
                span.recordError(probe)
            }
        } release: {
            if isAttribute {
                span.attributes = [:]
            } else {
                span.recordError(CancellationError())
            }
        }
    }
}
