import PipServicesTesting
import Testing

@testable import PipServices

/// Whatever was said to be stored is there after a crash at any point.
@Suite struct CrashTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>, [true, false])
    func nothingIsLostWhereverItStops(seed: UInt64, hasIds: Bool) {
        let problems = CrashProof(seed: seed, hasIds: hasIds).problems()
        #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "\n"))")
    }

    /// The proof is worth something: it fails when files are not synced.
    @Test func aMissingSyncOfFilesIsNoticed() {
        #expect(!CrashProof(seed: 1, syncsFiles: false).problems(limit: 1).isEmpty)
        #expect(!CrashProof(seed: 2, syncsFiles: false).problems(limit: 1).isEmpty)
    }

    /// The same for folders.
    @Test func aMissingSyncOfFoldersIsNoticed() {
        #expect(!CrashProof(seed: 1, syncsFolders: false).problems(limit: 1).isEmpty)
        #expect(!CrashProof(seed: 2, syncsFolders: false).problems(limit: 1).isEmpty)
    }

    /// Each operation fails once, or from then on for a while as on a full disk: the caller hears of it, nothing of the
    /// change is stored, and what comes afterwards is.
    @Test(arguments: 1...4 as ClosedRange<UInt64>, [1, 2, 5])
    func anOperationThatFailsHarmsOnlyItself(seed: UInt64, length: Int) throws {
        let whole = SimulatedDisk()
        var sound = FileWorkload(seed: seed, hasIds: true)
        sound.run(whole)
        #expect(sound.problems.isEmpty)
        for start in 1...whole.operations {
            let disk = SimulatedDisk(failing: start..<start + length)
            var workload = FileWorkload(seed: seed, hasIds: true)
            workload.run(disk)
            // Once the disk works again, so does the file.
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
