/// Writes what a data file and its journal hold up to some place into a new file. Needs nothing but the files, so that
/// changes can be noted meanwhile.
struct Compaction: Sendable {
    let path: String
    let fileSystem: any FileSystem
    /// The place in the journal.
    let end: Int
    /// The number of the line there.
    let nextNumber: Int64
    /// How many changes stand before it.
    let changeCount: Int

    /// The new file, and what does not stand in it.
    struct Result: Sendable {
        let compaction: Compaction
        let file: FileIdentity
        let keys: ItemKeys
        let messages: [OutboxMessage]

        func base(upTo place: Int?) -> JournalBase {
            JournalBase(file: file, keys: keys, messages: messages, upTo: place)
        }
    }

    /// Does the work.
    /// - Throws: `READ_FAILED` or `WRITE_FAILED`. What there was is as it was.
    func run() throws(ApplicationError) -> Result {
        let stored = try read()
        let new = JSONArrayFile.temporaryPath(path)
        do throws(FileFailure) {
            let file = try JSONArrayFile.write(
                stored.items.lazy.map(\.item), to: new, permissionsOf: path, fileSystem)
            return Result(compaction: self, file: file, keys: ItemKeys(stored.items), messages: stored.messages)
        } catch {
            // On a full disk this is what is in the way.
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
