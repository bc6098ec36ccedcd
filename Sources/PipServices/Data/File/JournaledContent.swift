/// What a data file and its journal hold together, read but not yet put together.
struct JournaledContent: Sendable {
    /// The items of the data file.
    let items: [AnyValue]
    /// What the changes go on from.
    let base: JournalBase
    /// The changes in the journal that are not in the data file.
    let changes: [ItemChange]
    /// The journal; nil when there is none.
    let journal: Journal?
    /// How long the journal is, with what was torn.
    let journalSize: Int

    private let path: String

    /// The keys as the journal has them.
    private var knownKeys: ItemKeys? { journal?.frames.isEmpty ?? true ? .none : base.keys }

    /// Reads data file and journal, the journal up to a place.
    /// - Throws: FileError `READ_FAILED` with `path` and, where something is corrupt, `byte`.
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
                    + " put the file back, or remove the journal to do without them",
                details: ["path": .string(path)])
        }
        (base, changes) = found
    }

    /// The items of the data file with their keys.
    ///
    /// - Parameter key: gives the key of an item where no journal tells it.
    /// - Throws: FileError `READ_FAILED` when two have the same; what `key` throws.
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

    /// What there is after all changes.
    func stored(_ entries: [StoredItems.Entry]) -> StoredItems {
        guard !changes.isEmpty else { return StoredItems(items: entries, messages: base.messages) }
        var replayed = ReplayedItems(entries, messages: base.messages)
        for change in changes { replayed.apply(change) }
        return replayed.stored
    }
}
