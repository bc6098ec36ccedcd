import PipServicesTesting
import Testing

@testable import PipServices

/// Confirmed changes survive a crash at any point.
@Suite(.ownThreads) struct CrashTests {
    @Test(arguments: 1...(TestSize.isFull ? 6 : 2) as ClosedRange<UInt64>, [true, false])
    func nothingIsLostWhereverItStops(seed: UInt64, hasIds: Bool) {
        let problems = CrashProof(seed: seed, hasIds: hasIds).problems()
        #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "\n"))")
    }

    /// The proof itself works: it fails if any one of the syncs is omitted.
    @Test(arguments: [".json.new", ".journal", ".journal.new", SimulatedDisk.folder], [1, 2] as [UInt64])
    func aMissingSyncIsNoticed(unsynced: String, seed: UInt64) {
        #expect(!CrashProof(seed: seed, unsynced: unsynced).problems(limit: 1).isEmpty)
    }

    /// A data file that another edition wrote without a sync must not get lost after a journal is based on it.
    @Test(arguments: [nil, ".json"])
    func theDataFileIsSyncedBeforeAJournalGoesOnFromIt(unsynced: String?) throws {
        let disk = SimulatedDisk(unsynced: unsynced)
        disk.put(FileWorkload.path, CrashProof.foreign, isDurable: false)
        let key: (AnyValue, Int) -> AnyValue = { item, _ in item["id"] ?? .null }
        var (file, _) = try FileWorkload.open(disk, key)
        try file.append([try ItemChange.delete(key: "a").json()])
        let found = try? FileWorkload.open(disk.afterCrash(.nothing), key).1
        #expect(found?.items.map(\.key) == (unsynced == nil ? ["b"] : nil))
    }

    /// The same through all layers above the file, with concurrent writers whose changes are batched.
    @Test(.timeLimit(.minutes(5))) func whatWritersAreToldIsStoredWhereverItStops() async throws {
        typealias Store = IdentifiableMemoryPersistence<PersistenceItem>
        func open(_ disk: SimulatedDisk) async throws -> Store {
            let storage = JournaledFileStorage(path: FileWorkload.path, disk, threshold: 1500)
            let store = try await assemble(Store(storage: storage))
            try await store.open(.empty)
            return store
        }
        var end = 0
        var isWhole = false
        while !isWhole {
            let disk = SimulatedDisk(crashAfter: end)
            let acknowledged = Locked<Set<String>>([])
            if let store = try? await open(disk) {
                await withTaskGroup(of: Void.self) { group in
                    for writer in 0..<6 {
                        group.addTask {
                            for number in 0..<5 {
                                let id = "\(writer)-\(number)"
                                let changes: [PersistenceChange<PersistenceItem>] = [
                                    .create(PersistenceItem(id: id, key: "k")),
                                    .create(PersistenceItem(id: id + "b", key: "k")),
                                ]
                                guard (try? await store.apply(.empty, changes)) != nil else { continue }
                                acknowledged.withLock { _ = $0.insert(id) }
                            }
                        }
                    }
                }
                let isClosed = (try? await store.close(.empty)) != nil
                isWhole = isClosed && acknowledged.current.count == 30
            }
            for mercy in [SimulatedDisk.Mercy.everything, .nothing, .some(seed: UInt64(end))] {
                let store = try await open(disk.afterCrash(mercy))
                let found = Set(store.getList(.empty).map(\.id))
                #expect(acknowledged.current.isSubset(of: found), "stopped after \(end), keeping \(mercy)")
                #expect(
                    found.allSatisfy {
                        $0.hasSuffix("b") ? found.contains(String($0.dropLast())) : found.contains($0 + "b")
                    },
                    "half a change: stopped after \(end), keeping \(mercy)")
                try await store.close(.empty)
            }
            end += 1
        }
        #expect(end > 10)
    }

    /// Each operation fails once, or for a while as on a full disk. The caller receives an error, the change is not
    /// stored, and later changes are.
    @Test(arguments: 1...(TestSize.isFull ? 4 : 1) as ClosedRange<UInt64>, [1, 2, 5])
    func anOperationThatFailsHarmsOnlyItself(seed: UInt64, length: Int) throws {
        let whole = SimulatedDisk()
        var sound = FileWorkload(seed: seed, hasIds: true)
        sound.run(whole)
        #expect(sound.problems.isEmpty)
        for start in 1...whole.operations {
            let faults = SimulatedDisk.Fault.allCases
            let disk = SimulatedDisk(failing: start..<start + length, with: faults[Int(seed) % faults.count])
            var workload = FileWorkload(seed: seed, hasIds: true)
            workload.run(disk)
            // When the disk works again, so does the file.
            var opened: JournaledFile?
            for _ in 0...length where opened == nil { opened = workload.open(disk) }
            guard var file = opened else {
                Issue.record("operation \(start): the file can't be opened")
                continue
            }
            for _ in 0...length where disk.operations < start + length - 1 { workload.change(&file) }
            workload.change(&file)
            #expect(workload.attempted == nil, "operation \(start)")
            let found = try FileWorkload.open(disk.afterCrash(.nothing), workload.key).1
            #expect(FileWorkload.Model(found) == workload.stored, "operation \(start)")
            #expect(workload.problems.isEmpty, "operation \(start): \(workload.problems.joined(separator: "\n"))")
        }
    }
}
