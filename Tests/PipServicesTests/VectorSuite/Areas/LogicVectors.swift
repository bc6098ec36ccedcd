import PipServices
import PipServicesTesting

enum LogicVectors {
    static let operations: VectorOperation.Table = [
        "cache": operation(memory: { MemoryCache() }, null: { NullCache() }, as: { $0 as? any Cache }, run),
        "lock": operation(memory: { MemoryLock() }, null: { NullLock() }, as: { $0 as? any Lock }, run),
        "state": operation(
            memory: { MemoryStateStore() }, null: { NullStateStore() }, as: { $0 as? any StateStore }, run),
    ]

    /// Runs steps on a component that goes by a clock of its own, which `sleep` moves.
    private static func operation<Subject: Sendable>(
        memory: @escaping @Sendable () -> any Component, null: @escaping @Sendable () -> any Component,
        as cast: @escaping @Sendable (any Component) -> Subject?,
        _ run: @escaping @Sendable (String, VectorInput, Subject, ContractTime) async throws -> AnyValue
    ) -> VectorOperation {
        .init { input in
            let clock = VirtualClock()
            let component = try input.text("kind") == "null" ? null() : memory()
            try await assemble(
                component, config: ConfigVectors.config(input["config"]),
                references: ["test:clock:virtual:default:1.0": clock])
            guard let subject = cast(component) else { throw VectorInput.Unclear(what: "kind") }
            var results: [AnyValue] = []
            for step in try input.list("steps") {
                let name = try VectorInput.text(step[0] ?? .null)
                if name == "sleep" {
                    clock.advance(by: try milliseconds(step[1] ?? .null))
                    results.append(.null)
                    continue
                }
                do {
                    results.append(try await run(name, VectorInput(step), subject, .virtual(clock)))
                } catch let error as VectorInput.Unclear {
                    throw error
                } catch {
                    results.append(VectorValue.error(error))
                }
            }
            return .array(results)
        }
    }

    private static func run(
        _ name: String, _ step: VectorInput, _ cache: any Cache, _ time: ContractTime
    ) async throws -> AnyValue {
        let key = try VectorInput.text(step.value[1] ?? .null)
        switch name {
        case "store":
            return try await cache.store(
                .empty, key, step.value[2] ?? .null, timeout: milliseconds(step.value[3] ?? .null))
        case "retrieve": return try await cache.retrieve(.empty, key) ?? .null
        case "remove": try await cache.remove(.empty, key)
        default: throw VectorInput.Unclear(what: name)
        }
        return .null
    }

    private static func run(
        _ name: String, _ step: VectorInput, _ lock: any Lock, _ time: ContractTime
    ) async throws -> AnyValue {
        let key = try VectorInput.text(step.value[1] ?? .null)
        switch name {
        case "tryAcquire":
            return .bool(try await lock.tryAcquireLock(.empty, key, ttl: milliseconds(step.value[2] ?? .null)))
        case "acquire":
            let ttl = try milliseconds(step.value[2] ?? .null)
            let timeout = try milliseconds(step.value[3] ?? .null)
            try await time.flowing { try await lock.acquireLock(.empty, key, ttl: ttl, timeout: timeout) }
        case "release": try await lock.releaseLock(.empty, key)
        default: throw VectorInput.Unclear(what: name)
        }
        return .null
    }

    private static func run(
        _ name: String, _ step: VectorInput, _ store: any StateStore, _ time: ContractTime
    ) async throws -> AnyValue {
        let argument = step.value[1] ?? .null
        switch name {
        case "save": return try await store.save(.empty, VectorInput.text(argument), step.value[2] ?? .null)
        case "load": return try await store.load(.empty, VectorInput.text(argument)) ?? .null
        case "loadBulk":
            let keys = try VectorInput.list(argument).map(VectorInput.text)
            let states = try await store.loadBulk(.empty, keys)
            return .array(states.map { ["key": .string($0.key), "value": $0.value ?? .null] })
        case "delete": return try await store.delete(.empty, VectorInput.text(argument)) ?? .null
        default: throw VectorInput.Unclear(what: name)
        }
    }

    private static func milliseconds(_ value: AnyValue) throws -> Duration {
        .milliseconds(try VectorInput.int(value))
    }
}
