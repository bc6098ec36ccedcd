import PipServicesTesting
import Testing

@testable import PipServices

/// A save replaces the content atomically and durably: after a crash, the file has the old or the new content, and the
/// new one after `save` has returned.
@Suite struct JSONFilePersisterTests {
    private struct Note: Codable, Equatable, Sendable {
        var id: String
        var text: String
    }

    private static let path = "/data/items.json"
    private static let old = [Note(id: "1", text: "old"), Note(id: "2", text: "old")]
    /// Long enough to be torn in several places.
    private static let new = (0..<20).map { Note(id: "\($0)", text: String(repeating: "new ", count: $0)) }
    private static let newest = [Note(id: "3", text: "newest")]

    @Test func oldOrNewIsFoundWhereverItStops() async throws {
        let problems = try await Self.problems(unsynced: nil)
        #expect(problems.isEmpty, "\(problems.prefix(5).joined(separator: "\n"))")
    }

    /// The proof itself works: it fails if one of the syncs is omitted.
    @Test(arguments: [".json.new", SimulatedDisk.folder])
    func aMissingSyncIsNoticed(unsynced: String) async throws {
        let problems = try await Self.problems(unsynced: unsynced)
        #expect(!problems.isEmpty)
    }

    // MARK: - Internal

    private static func problems(unsynced: String?) async throws -> [String] {
        let text = try JSONConverter.toJSON(old)
        return try await problems(from: old, to: new, isFirst: true) { end in
            let disk = SimulatedDisk(crashAfter: end, unsynced: unsynced)
            disk.put(path, text)
            return disk
        }
    }

    /// Saves on disks that stop after each operation, and checks all contents that they may have kept. Then saves again
    /// on the result: the remains of a crash must not harm the next save.
    private static func problems(
        from old: [Note], to new: [Note], isFirst: Bool, on disk: (_ end: Int) -> SimulatedDisk
    ) async throws -> [String] {
        var problems: [String] = []
        for end in 0..<20 {
            let stopped = disk(end)
            let isSaved = (try? await persister(stopped).save(.empty, new)) != nil
            if isSaved, stopped.names != [path] { problems.append("there are \(stopped.names)") }
            let mercies: [SimulatedDisk.Mercy] =
                [.everything, .nothing] + (0..<8).map { SimulatedDisk.Mercy.some(seed: UInt64(end * 100 + $0)) }
            for mercy in mercies {
                let kept = stopped.afterCrash(mercy)
                let loaded = try? await persister(kept).load(.empty)
                guard let found = loaded, found == new || !isSaved && found == old else {
                    let text = kept.text(path) ?? "no file"
                    problems.append("stopped after \(end), keeping \(mercy), saved is \(isSaved): \(text)")
                    continue
                }
                guard isFirst else { continue }
                problems += try await Self.problems(from: found, to: newest, isFirst: false) { end in
                    stopped.afterCrash(mercy, crashAfter: end)
                }
            }
            if isSaved { return end > 3 ? problems : problems + ["it is saved after \(end) operations"] }
        }
        return problems + ["it is never saved"]
    }

    private static func persister(_ disk: SimulatedDisk) -> JSONFilePersister<Note> {
        JSONFilePersister(path: path, disk)
    }
}
