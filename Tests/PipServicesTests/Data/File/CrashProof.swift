import PipServicesTesting

@testable import PipServices

/// Stops a workload after each of its operations, and checks all contents that a disk may have kept.
struct CrashProof {
    var seed: UInt64
    var hasIds = true
    /// The path that is never synced, see ``SimulatedDisk``.
    var unsynced: String?
    /// The number of random ways to lose and tear unsynced data, in addition to keeping and losing everything.
    var variations: UInt64 = 4

    /// Returns the data that was lost or corrupted.
    func problems(limit: Int = 5) -> [String] {
        let whole = disk(crashAfter: .max)
        run(whole)
        var problems: [String] = []
        for end in 0...whole.operations where problems.count < limit {
            let stopped = disk(crashAfter: end)
            let workload = run(stopped)
            let mercies: [SimulatedDisk.Mercy] =
                [.everything, .nothing] + (0..<variations).map { .some(seed: seed &* 1000 &+ UInt64(end) &* 10 &+ $0) }
            for mercy in mercies {
                let found = recover(stopped, mercy, workload)
                problems += (workload.problems + found).map { "stopped after \(end), keeping \(mercy): \($0)" }
            }
        }
        return problems
    }

    // MARK: - Internal

    private func disk(crashAfter end: Int) -> SimulatedDisk {
        let disk = SimulatedDisk(crashAfter: end, unsynced: unsynced)
        if seed.isMultiple(of: 2) { disk.put(FileWorkload.path, Self.foreign) }
        return disk
    }

    static let foreign = #"[{"id":"a","text":"1"}, {"text":"2","id":"b"}]"#

    @discardableResult
    private func run(_ disk: SimulatedDisk) -> FileWorkload {
        var workload = FileWorkload(seed: seed, hasIds: hasIds)
        if seed.isMultiple(of: 2) {
            let items: [AnyValue] = [["id": "a", "text": "1"], ["text": "2", "id": "b"]]
            workload.stored.items = items.enumerated().map { (workload.key($1, $0), $1) }
        }
        workload.run(disk)
        return workload
    }

    private func recover(
        _ stopped: SimulatedDisk, _ mercy: SimulatedDisk.Mercy, _ workload: FileWorkload
    ) -> [String] {
        // The machine stops again during recovery, and a third time.
        var workload = workload
        workload.problems = []
        var disk = stopped.afterCrash(mercy)
        if case .some(let seed) = mercy {
            let end = Int(seed % 11)
            disk = stopped.afterCrash(mercy, crashAfter: end)
            if var file = workload.open(disk) {
                workload.change(&file)
                try? file.close()
            }
            disk = disk.afterCrash(.some(seed: seed &+ 1))
        }
        guard var file = workload.open(disk) else {
            return workload.problems + ["the file can't be opened: \(openError(disk, workload))"]
        }
        workload.change(&file)
        do {
            try file.close()
        } catch {
            return workload.problems + ["the file can't be closed: \(error)"]
        }
        return workload.problems + contentProblems(disk, workload)
    }

    private func openError(_ disk: SimulatedDisk, _ workload: FileWorkload) -> String {
        do {
            _ = try FileWorkload.open(disk, workload.key)
            return "?"
        } catch {
            return "\(error)"
        }
    }

    /// After a clean close the file is a plain list of items.
    private func contentProblems(_ disk: SimulatedDisk, _ workload: FileWorkload) -> [String] {
        var problems: [String] = []
        let items = disk.text(FileWorkload.path).flatMap { try? JSONParser.parse($0).array } ?? []
        if items != workload.stored.items.map(\.item) { problems.append("the file holds \(items)") }
        let expected = [FileWorkload.path] + (workload.stored.messages.isEmpty ? [] : [FileWorkload.path + ".journal"])
        if !disk.names.isEmpty, disk.names.filter({ !$0.hasSuffix(".journal.new") }) != expected {
            problems.append("there are \(disk.names)")
        }
        return problems
    }
}
