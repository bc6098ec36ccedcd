import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Files are accessed on dedicated threads, never on the cooperative pool: a slow disk must not block unrelated tasks.
@Suite(.serialized) struct FileThreadTests {
    enum Work: String, CaseIterable {
        case opening, changing, closing, loading, saving
    }

    typealias Job = @Sendable () async throws -> Void
    typealias Store = IdentifiableMemoryPersistence<PersistenceItem>

    /// More jobs wait for the disk than the cooperative pool has threads. If they ran in the pool, neither this test
    /// nor anything else could continue.
    @Test(.timeLimit(.minutes(10)), arguments: Work.allCases)
    func tasksGoOnWhileTheDiskTakesItsTime(work: Work) async throws {
        let count = max(64, ProcessInfo.processInfo.activeProcessorCount + 8)
        let disk = HeldDisk()
        var jobs: [Job] = []
        for number in 0..<count { jobs.append(try await Self.job(work, "/data/\(number).json", disk)) }
        disk.door.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for job in jobs { group.addTask { try await job() } }
            try await waitUntil { disk.door.held == count || disk.door.isForced }
            let others = await withTaskGroup(of: Int.self) { others in
                for number in 0..<count {
                    others.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await others.reduce(0) { $0 + $1 }
            }
            #expect(others == count * (count - 1) / 2)
            let held = disk.door.held
            #expect(held == count, "the disk is not waited for on threads of its own")
            disk.door.open()
            try await group.waitForAll()
        }
        let isForced = disk.door.isForced
        #expect(!isForced)
    }

    /// Prepares the work that is then done on a slow disk.
    private static func job(_ work: Work, _ path: String, _ disk: HeldDisk) async throws -> Job {
        let item = PersistenceItem(id: "1", key: "k")
        switch work {
        case .opening:
            let store = try await store(path, disk)
            return { try await store.open(.empty) }
        case .changing:
            let store = try await store(path, disk)
            try await store.open(.empty)
            return { try await store.create(.empty, item) }
        case .closing:
            let store = try await store(path, disk)
            try await store.open(.empty)
            try await store.create(.empty, item)
            return { try await store.close(.empty) }
        case .loading:
            let persister = JSONFilePersister<PersistenceItem>(path: path, disk)
            return { _ = try await persister.load(.empty) }
        case .saving:
            let persister = JSONFilePersister<PersistenceItem>(path: path, disk)
            return { try await persister.save(.empty, [item]) }
        }
    }

    private static func store(_ path: String, _ disk: HeldDisk) async throws -> Store {
        try await assemble(Store(storage: JournaledFileStorage(path: path, disk)))
    }
}
