import PipServices

/// The contract of every ``Discovery`` service.
public struct DiscoveryContract: Contract {
    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<any Discovery>] { Self.all }

    private static let all: [ContractCase<any Discovery>] = [
        ContractCase("an unknown key has no connections") { run in
            try run.expect(
                try await run.subject.resolveOne(run.context, run.key("none")), equals: nil, "resolveOne")
            try run.expect(
                try await run.subject.resolveAll(run.context, run.key("none")), equals: [], "resolveAll")
        },
        ContractCase("a connection is returned with all its parameters") { run in
            let connection: ConnectionParams = [
                "protocol": "http", "host": "10.1.1.100", "port": "8080", "zone": "Grüße 🌍; a=b",
            ]
            try run.expect(
                try await run.subject.register(run.context, run.key("a"), connection), equals: connection,
                "register")
            try run.expect(
                try await run.subject.resolveOne(run.context, run.key("a")), equals: connection, "resolveOne")
            try run.expect(
                try await run.subject.resolveAll(run.context, run.key("a")), equals: [connection], "resolveAll")
        },
        ContractCase("a key can have several connections, in the order of registration") { run in
            let connections = ["b", "a", "c"].map { ConnectionParams(["host": $0, "port": "1"]) }
            for connection in connections { try await run.subject.register(run.context, run.key("a"), connection) }
            try run.expect(
                try await run.subject.resolveAll(run.context, run.key("a")), equals: connections, "resolveAll")
            try run.expect(
                try await run.subject.resolveOne(run.context, run.key("a")), equals: connections[0], "resolveOne")
        },
        ContractCase("registering a connection again does not duplicate it") { run in
            let connection: ConnectionParams = ["host": "h", "port": "1"]
            for _ in 0..<3 { try await run.subject.register(run.context, run.key("a"), connection) }
            try run.expect(
                try await run.subject.resolveAll(run.context, run.key("a")), equals: [connection], "resolveAll")
        },
        ContractCase("keys are independent and case-sensitive") { run in
            try await run.subject.register(run.context, run.key("A"), ["host": "upper"])
            try await run.subject.register(run.context, run.key("a"), ["host": "lower"])
            try run.expect(
                try await run.subject.resolveAll(run.context, run.key("a")).map(\.host), equals: ["lower"],
                "resolveAll")
        },
        ContractCase("concurrent registrations are not lost") { run in
            await withTaskGroup(of: Void.self) { group in
                for port in 1...20 {
                    group.addTask {
                        _ = try? await run.subject.register(
                            run.context, run.key("a"), ["host": "h", "port": "\(port)"])
                    }
                }
            }
            let ports = try await run.subject.resolveAll(run.context, run.key("a")).compactMap(\.port)
            try run.expect(ports.sorted(), equals: Array(1...20), "ports")
        },
    ]
}
