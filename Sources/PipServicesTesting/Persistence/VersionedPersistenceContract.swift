public import PipServices

/// The contract of every ``IdentifiablePersistence`` with ``Versioned`` items. The subject must be open and empty.
public struct VersionedPersistenceContract: Contract {
    private typealias Case = ContractCase<any IdentifiablePersistence<VersionedPersistenceItem>>

    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<any IdentifiablePersistence<VersionedPersistenceItem>>] { Self.all }

    private static let all: [Case] = [
        Case("a new item gets a version, and an update the next one") { run in
            let created = try await run.subject.create(run.context, VersionedPersistenceItem(id: "1", key: "a"))
            try run.expect(!created.version.isEmpty, "the version is empty")
            let updated = try await run.subject.update(run.context, created)
            try run.expect(updated?.version != created.version, "the version stays")
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: updated, "stored")
        },
        Case("an update with an old version is rejected and the item kept") { run in
            var old = try await run.subject.create(run.context, VersionedPersistenceItem(id: "1", key: "a"))
            let updated = try await run.subject.update(run.context, old)
            old.key = "late"
            try await run.expect(code: "VERSION_CONFLICT") { try await run.subject.update(run.context, old) }
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: updated, "stored")
        },
        Case("an update without a version is rejected") { run in
            try await run.subject.create(run.context, VersionedPersistenceItem(id: "1", key: "a"))
            try await run.expect(code: "VERSION_CONFLICT") {
                try await run.subject.update(run.context, VersionedPersistenceItem(id: "1", key: "b"))
            }
        },
        Case("updating a missing item is not a conflict") { run in
            try run.expect(
                try await run.subject.update(run.context, VersionedPersistenceItem(id: "1", key: "b")), equals: nil,
                "update")
        },
        Case("a partial update increments the version, and may contain it") { run in
            let created = try await run.subject.create(run.context, VersionedPersistenceItem(id: "1", key: "a"))
            let one = try await run.subject.updatePartially(run.context, "1", ["key": "b"])
            try run.expect(one?.version != created.version, "the version stays")
            try await run.expect(code: "VERSION_CONFLICT") {
                try await run.subject.updatePartially(
                    run.context, "1", ["key": "c", "version": .string(created.version)])
            }
            let two = try await run.subject.updatePartially(
                run.context, "1", ["key": "c", "version": .string(one?.version ?? "")])
            try run.expect(two?.key, equals: "c", "key")
        },
        Case("set ignores the version and increments it") { run in
            let created = try await run.subject.set(run.context, VersionedPersistenceItem(id: "1", key: "a"))
            let replaced = try await run.subject.set(run.context, VersionedPersistenceItem(id: "1", key: "b"))
            try run.expect(!created.version.isEmpty && replaced.version != created.version, "the version stays")
            try await run.expect(code: "VERSION_CONFLICT") { try await run.subject.update(run.context, created) }
        },
        Case("concurrent updates lose no changes") { run in
            try await run.subject.create(run.context, VersionedPersistenceItem(id: "1", key: ""))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var done = 0
                        while done < 10 {
                            guard var item = try await run.subject.getOneById(run.context, "1") else { return }
                            item.key += "x"
                            do {
                                try await run.subject.update(run.context, item)
                                done += 1
                            } catch let error as ApplicationError where error.code == "VERSION_CONFLICT" {
                                await Task.yield()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try run.expect(try await run.subject.getOneById(run.context, "1")?.key.count, equals: 40, "changes")
        },
    ]
}
