/// Writes the state of a data file and its journal up to an offset into a new file. It uses only the files, so that
/// changes can be appended concurrently.
struct Compaction: Sendable {
    let path: String
    let fileSystem: any FileSystem
    /// The offset in the journal.
    let end: Int
    /// The number of the line at the offset.
    let nextNumber: Int64
    /// The number of changes before the offset.
    let changeCount: Int

    /// The new file, and the data that it does not contain.
    struct Result: Sendable {
        let compaction: Compaction
        let file: FileIdentity
        let keys: ItemKeys
        let messages: [OutboxMessage]

        func base(upTo place: Int?) -> JournalBase {
            JournalBase(file: file, keys: keys, messages: messages, upTo: place)
        }
    }

    /// Runs the compaction.
    /// - Throws: `READ_FAILED` or `WRITE_FAILED`. The existing files are then unchanged.
    func run() throws(ApplicationError) -> Result {
        let stored = try read()
        let new = JSONArrayFile.temporaryPath(path)
        do throws(FileFailure) {
            let file = try JSONArrayFile.write(
                stored.items.lazy.map(\.item), to: new, permissionsOf: path, fileSystem)
            return Result(compaction: self, file: file, keys: ItemKeys(stored.items), messages: stored.messages)
        } catch {
            // Removed, because the partial file may have filled the disk.
            try? fileSystem.remove(new)
            throw .writeFailed(path, error)
        }
    }

    private func read() throws(ApplicationError) -> StoredItems {
        let content = try JournaledContent(path, fileSystem, upTo: end)
        guard content.journal?.end == end else {
            throw .file(
                code: "READ_FAILED", "Cannot read \(JournaledFile.journalPath(path)): something else changed it",
                details: ["path": .string(path)])
        }
        do {
            return content.stored(try content.entries { _, _ in .null })
        } catch {
            throw ApplicationError.file(
                code: "READ_FAILED", "Cannot read \(path)", details: ["path": .string(path)]
            ).wrap(error)
        }
    }
}
