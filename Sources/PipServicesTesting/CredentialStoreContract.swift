import PipServices

/// The contract of every ``CredentialStore``. Its messages show no values, because those of a real store would be
/// secret.
public struct CredentialStoreContract: Contract {
    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<any CredentialStore>] { Self.all }

    private static let all: [ContractCase<any CredentialStore>] = [
        ContractCase("an unknown key has no credentials") { run in
            try run.expect(try await run.subject.lookup(run.context, run.key("none")), equals: nil, "lookup")
        },
        ContractCase("credentials are returned with all their parameters") { run in
            let credential: CredentialParams = [
                "username": "jdoe", "password": "p;w=1 'é\"\\", "access_id": "id", "access_key": "key==",
            ]
            try await run.subject.store(run.context, run.key("a"), credential)
            try run.expect(try await run.subject.lookup(run.context, run.key("a")), equals: credential, "lookup")
        },
        ContractCase("storing again replaces all old parameters") { run in
            try await run.subject.store(run.context, run.key("a"), ["username": "u", "password": "p"])
            try await run.subject.store(run.context, run.key("a"), ["access_id": "i"])
            try run.expect(
                try await run.subject.lookup(run.context, run.key("a")), equals: ["access_id": "i"], "lookup")
        },
        ContractCase("storing nil removes credentials, even missing ones") { run in
            try await run.subject.store(run.context, run.key("a"), ["username": "u"])
            for _ in 0..<2 { try await run.subject.store(run.context, run.key("a"), nil) }
            try run.expect(try await run.subject.lookup(run.context, run.key("a")), equals: nil, "lookup")
        },
        ContractCase("keys are independent and case-sensitive") { run in
            try await run.subject.store(run.context, run.key("A"), ["username": "upper"])
            try await run.subject.store(run.context, run.key("a"), ["username": "lower"])
            try run.expect(
                try await run.subject.lookup(run.context, run.key("A"))?.username, equals: "upper", "lookup")
        },
        ContractCase("many tasks can store concurrently") { run in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try? await run.subject.store(run.context, run.key("\(index)"), ["username": "\(index)"])
                    }
                }
            }
            for index in 0..<20 {
                try run.expect(
                    try await run.subject.lookup(run.context, run.key("\(index)"))?.username, equals: "\(index)",
                    "lookup")
            }
        },
    ]
}
