/// The content of a data file and its journal, read but not merged.
struct JournaledContent: Sendable {
    /// The items of the data file.
    let items: [AnyValue]
    /// The state on which the changes are based.
    let base: JournalBase
    /// The changes in the journal that are not in the data file.
    let changes: [ItemChange]
    /// The journal, or nil.
    let journal: Journal?
    /// The length of the journal, including a torn tail.
    let journalSize: Int

    private let path: String

    /// The keys according to the journal.
    private var knownKeys: ItemKeys? { journal?.frames.isEmpty ?? true ? .none : base.keys }

    /// Reads the data file, and the journal up to an offset.
    /// - Throws: FileError `READ_FAILED` with `path` and, if something is corrupt, `byte`.
    init(_ path: String, _ fileSystem: any FileSystem, upTo limit: Int = .max) throws(ApplicationError) {
        self.path = path
        let data = try JSONArrayFile.read(path, fileSystem)
        let identity = data.map(FileIdentity.init)
        if let data { items = try JSONArrayFile.items(in: data, path: path) } else { items = [] }

        let journalPath = JournaledFile.journalPath(path)
        guard var bytes = try JSONArrayFile.read(journalPath, fileSystem) else {
            (base, changes, journal, journalSize) = (JournalBase(file: identity), [], nil, 0)
            return
        }
        if bytes.count > limit { bytes.removeSubrange(limit...) }
        let journal = try Journal(bytes, path: journalPath)
        self.journal = journal
        journalSize = bytes.count
        guard !journal.frames.isEmpty else {
            (base, changes) = (JournalBase(file: identity), [])
            return
        }
        guard let found = try journal.replay(since: identity, in: bytes, path: journalPath) else {
            throw .file(
                code: "READ_FAILED",
                "Cannot read \(path): something else changed it while \(journalPath) holds changes that are not in it;"
                    + " restore the file, or remove the journal to discard them",
                details: ["path": .string(path)])
        }
        (base, changes) = found
    }

    /// Returns the items of the data file with their keys.
    ///
    /// - Parameter key: returns the key of an item if the journal does not contain it.
    /// - Throws: FileError `READ_FAILED` for duplicate keys; errors of `key`.
    func entries(key: (AnyValue, Int) throws -> AnyValue) throws -> [StoredItems.Entry] {
        var places: [AnyValue: Int] = [:]
        places.reserveCapacity(items.count)
        return try items.enumerated().map { place, item in
            let key = try knownKeys?.key(of: item, at: place) ?? key(item, place)
            if let other = places.updateValue(place, forKey: key) {
                throw ApplicationError.file(
                    code: "READ_FAILED", "Cannot read \(path): items \(other) and \(place) have the same id",
                    details: ["path": .string(path), "first": .integer(Int64(other)), "second": .integer(Int64(place))])
            }
            return StoredItems.Entry(key: key, item: item)
        }
    }

    /// Returns the items and messages after all changes.
    func stored(_ entries: [StoredItems.Entry]) -> StoredItems {
        guard !changes.isEmpty else { return StoredItems(items: entries, messages: base.messages) }
        var replayed = ReplayedItems(entries, messages: base.messages)
        for change in changes { replayed.apply(change) }
        return replayed.stored
    }
}
