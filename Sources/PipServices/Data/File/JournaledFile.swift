/// A data file and its journal: what is open of them, and the steps in which they change. Not for more than one thread.
///
/// The data file is a plain JSON array. Changes since it was written stand in the journal beside it, which names the data
/// file that it goes on from, by size and checksum. To compact them, the items are written to a new file; the journal
/// notes which file that is and up to where it reaches; the new file then takes the data file's name. Whichever of the two
/// a crash leaves, the journal knows where to go on from. Nothing is removed before what replaces it is durable.
struct JournaledFile {
    /// What a journal may grow to before compaction is worth the work, in bytes.
    static let usualThreshold = 1 << 20

    private let path: String
    private let fileSystem: any FileSystem
    private let lock: any FileLock
    private let threshold: Int
    private var journal: (any WritableFile)?
    /// Where the journal ends, as far as it is good and durable.
    private var end = 0
    private var nextNumber: Int64 = 1
    private var base = JournalBase()
    private var changeCount = 0
    private var compactAt: Int
    /// True while a failed write may still stand behind the journal's end.
    private var hasRemains = false
    /// True from a write that failed to the next that succeeds.
    private var hasFailed = false
    /// True while a change of the folder may not be durable.
    private var isFolderDirty = false
    /// True after ``close()`` and ``abandon()``: the files may belong to another process.
    private var isClosed = false

    /// Locks a data file and reads it and its journal. Nothing is changed yet: go on with ``start(_:_:warn:)``, or give up
    /// with ``abandon()``.
    ///
    /// - Throws: FileError `READ_FAILED`, with `byte` where something is corrupt; `FILE_IN_USE` when another process has
    ///   it; `WRITE_FAILED` where there is no writing.
    static func open(
        _ path: String, _ fileSystem: any FileSystem, threshold: Int = usualThreshold
    ) throws(ApplicationError) -> (JournaledFile, JournaledContent) {
        let given = path
        let path: String
        let lock: any FileLock
        do throws(FileFailure) {
            path = try fileSystem.resolve(given)
            try fileSystem.checkReplaceable(path)
            try fileSystem.createFolder(of: path)
            lock = try fileSystem.lock(path + ".lock")
        } catch {
            guard error.isInUse else { throw .writeFailed(given, error) }
            throw .file(
                code: "FILE_IN_USE", "Cannot open \(given): \(error.reason)", details: ["path": .string(given)])
        }
        do throws(ApplicationError) {
            let content = try JournaledContent(path, fileSystem)
            return (JournaledFile(path, fileSystem, lock, threshold), content)
        } catch {
            lock.release()
            throw error
        }
    }

    /// Goes on from what was read: cuts off what was torn.
    ///
    /// - Parameters:
    ///   - entries: the items of the data file.
    ///   - warn: is told what is cut off.
    /// - Throws: `WRITE_FAILED`; the file is then to be abandoned.
    mutating func start(
        _ content: JournaledContent, _ entries: [StoredItems.Entry], warn: (String) -> Void
    ) throws(ApplicationError) {
        base = content.base
        base.upTo = nil
        base.keys = ItemKeys(entries)
        compactAt = max(threshold, base.file?.size ?? 0) + (content.journal?.frames.first?.range.count ?? 0)
        let journalPath = Self.journalPath(path)
        do throws(FileFailure) {
            // What a crash left of a compaction.
            try fileSystem.remove(JSONArrayFile.temporaryPath(path))
            try fileSystem.remove(Self.newJournalPath(path))
            guard let journal = content.journal else { return }
            if journal.end < content.journalSize {
                let count = content.journalSize - journal.end
                warn("\(journalPath) is torn: \(count) bytes from byte \(journal.end) on are cut off")
            }
            if journal.frames.isEmpty {
                try fileSystem.remove(journalPath)
                try fileSystem.syncFolder(of: path)
                return
            }
            let file = try fileSystem.open(journalPath)
            if journal.end < content.journalSize { try file.truncate(to: journal.end) }
            // What a process wrote that was killed need not be durable: from here on it is counted upon.
            try file.sync()
            try fileSystem.syncFolder(of: path)
            self.journal = file
            end = journal.end
            nextNumber = (journal.frames.last?.number ?? 0) &+ 1
            changeCount = content.changes.count
        } catch {
            throw .writeFailed(path, error)
        }
    }

    /// Lets go of the files as they are.
    mutating func abandon() {
        guard !isClosed else { return }
        isClosed = true
        journal?.close()
        journal = nil
        lock.release()
    }

    /// Where the changes are noted.
    static func journalPath(_ path: String) -> String { path + ".journal" }

    /// Where a journal is written that is to take the place of the one there is.
    private static func newJournalPath(_ path: String) -> String { journalPath(path) + ".new" }

    /// Makes sure that changes can be stored: the files are in place, and nothing is left of a write that failed.
    /// - Throws: `WRITE_FAILED`; InvalidState `NOT_OPENED` after ``close()`` or ``abandon()``.
    mutating func checkWritable() throws(ApplicationError) {
        try checkOpen()
        try removeRemains()
        do throws(FileFailure) {
            try checkInPlace()
        } catch {
            throw .writeFailed(path, error)
        }
    }

    /// Makes sure that changes can be stored, see ``checkWritable()``. When the last one could not, a line without changes
    /// is noted: a full disk looks like any other.
    mutating func checkReady() throws(ApplicationError) {
        try checkWritable()
        if hasFailed { try append([]) }
    }

    /// True when the journal has outgrown the data.
    var needsCompaction: Bool { journal != nil && end >= compactAt }

    /// Notes changes, all or none. When it returns they are durable.
    ///
    /// - Parameter changes: each as JSON.
    /// - Throws: `WRITE_FAILED`. The changes are not stored, and the next call starts by removing what is left of them;
    ///   while that fails too, so does every call. Only when the process ends before could they come to light.
    ///   InvalidState `NOT_OPENED` after ``close()`` or ``abandon()``.
    mutating func append(_ changes: [[UInt8]]) throws(ApplicationError) {
        try checkOpen()
        var payload = [UInt8(ascii: "[")]
        payload.reserveCapacity(changes.reduce(2) { $0 + $1.count + 1 })
        for (index, change) in changes.enumerated() {
            if index > 0 { payload.append(UInt8(ascii: ",")) }
            payload.append(contentsOf: change)
        }
        payload.append(UInt8(ascii: "]"))
        try removeRemains()
        if journal == nil {
            try create(payload)
        } else {
            try note(payload)
        }
        changeCount += changes.count
    }

    /// What is to do to compact what the journal holds now; the work itself can be done on another thread.
    var compaction: Compaction {
        Compaction(path: path, fileSystem: fileSystem, end: end, nextNumber: nextNumber, changeCount: changeCount)
    }

    /// Puts compacted items in the place of the data file, and drops the changes that are in them from the journal.
    ///
    /// - Throws: `WRITE_FAILED`. The changes are all still there, and later ones can be noted. InvalidState `NOT_OPENED`
    ///   after ``close()`` or ``abandon()``.
    mutating func finish(_ result: Compaction.Result) throws(ApplicationError) {
        try checkOpen()
        var isInPlace = false
        // On a full disk it is what is in the way.
        defer { if !isInPlace { try? fileSystem.remove(JSONArrayFile.temporaryPath(path)) } }
        try removeRemains()
        let start = result.compaction.end
        let tailEnd = end
        let newBase = result.base(upTo: nil)
        let header = JournalFrame.line(result.compaction.nextNumber &- 1, try newBase.json())
        try note(result.base(upTo: start).json())
        do throws(FileFailure) {
            try fileSystem.rename(JSONArrayFile.temporaryPath(path), to: path)
            isInPlace = true
            base = newBase
            isFolderDirty = true
            try syncFolder()
            try renewJournal(header, start..<tailEnd)
            changeCount -= result.compaction.changeCount
        } catch {
            throw .writeFailed(path, error)
        }
    }

    /// After a compaction that failed: it is tried again after as many changes.
    mutating func postponeCompaction() { compactAt = end + max(threshold, base.file?.size ?? 0) }

    /// Makes the data file hold everything, removes the journal unless messages wait in it, and lets go of the files.
    ///
    /// - Throws: `WRITE_FAILED`. The files are let go of all the same; data file and journal hold everything together.
    mutating func close() throws(ApplicationError) {
        guard !isClosed else { return }
        defer { abandon() }
        try checkWritable()
        guard journal != nil else { return }
        if changeCount > 0 { try finish(compaction.run()) }
        guard base.messages.isEmpty else { return }
        do throws(FileFailure) {
            try fileSystem.remove(Self.journalPath(path))
            try fileSystem.syncFolder(of: path)
        } catch {
            throw .writeFailed(path, error)
        }
    }

    // MARK: - Internal

    private init(_ path: String, _ fileSystem: any FileSystem, _ lock: any FileLock, _ threshold: Int) {
        self.path = path
        self.fileSystem = fileSystem
        self.lock = lock
        self.threshold = threshold
        compactAt = threshold
    }

    private func checkOpen() throws(ApplicationError) {
        guard isClosed else { return }
        throw .invalidState(code: "NOT_OPENED", "The data file \(path) is closed", details: ["path": .string(path)])
    }

    /// Creates the journal, with a line for the data file and one for changes.
    private mutating func create(_ payload: [UInt8]) throws(ApplicationError) {
        hasFailed = true
        let header = try base.json()
        do throws(FileFailure) {
            // The journal is of no use without the very data file that it goes on from.
            if base.file != nil { try fileSystem.sync(path) }
            journal = try fileSystem.create(Self.journalPath(path), permissionsOf: path)
        } catch {
            throw .writeFailed(path, error)
        }
        end = 0
        isFolderDirty = true
        // One after the other: a line is only written when the one before it is durable.
        try note(header)
        try note(payload)
    }

    /// Writes a line at the journal's end.
    private mutating func note(_ payload: [UInt8]) throws(ApplicationError) {
        try write(JournalFrame.line(nextNumber, payload))
        nextNumber &+= 1
    }

    /// Writes at the journal's end, all or nothing. When it returns that is durable.
    private mutating func write(_ lines: [UInt8]) throws(ApplicationError) {
        do throws(FileFailure) {
            (hasRemains, hasFailed) = (true, true)
            try journal?.write(lines, at: end)
            try journal?.sync()
            try syncFolder()
            // Last: a change counts as stored only if the file that it is in has its name.
            try checkInPlace()
            (hasRemains, hasFailed) = (false, false)
        } catch {
            try? removeRemains()
            throw .writeFailed(path, error)
        }
        end += lines.count
    }

    /// Removes what a failed write left behind the journal's end.
    private mutating func removeRemains() throws(ApplicationError) {
        guard hasRemains, let journal else { return }
        do throws(FileFailure) {
            try journal.truncate(to: end)
            try journal.sync()
            if end == 0 {
                journal.close()
                self.journal = nil
                try? fileSystem.remove(Self.journalPath(path))
            }
            hasRemains = false
        } catch {
            throw .writeFailed(path, error)
        }
    }

    /// Puts a journal that goes on from the present data file in the place of the one there is.
    private mutating func renewJournal(_ header: [UInt8], _ tail: Range<Int>) throws(FileFailure) {
        let journalPath = Self.journalPath(path)
        guard let old = try fileSystem.read(journalPath, from: tail.lowerBound), old.count >= tail.count else {
            throw FileFailure(path: journalPath, reason: "something else changed it")
        }
        let bytes = header + old.prefix(tail.count)
        let new = Self.newJournalPath(path)
        var isInPlace = false
        defer { if !isInPlace { try? fileSystem.remove(new) } }
        let file = try fileSystem.create(new, permissionsOf: path)
        try file.write(bytes, at: 0)
        try file.sync()
        try fileSystem.rename(new, to: journalPath)
        isInPlace = true
        journal?.close()
        journal = file
        end = bytes.count
        // The line that named the new data file is not taken over.
        nextNumber &-= 1
        compactAt = max(threshold, base.file?.size ?? 0) + header.count
        isFolderDirty = true
        try syncFolder()
    }

    /// Throws if the data file or the journal was removed, alone or with its folder.
    private func checkInPlace() throws(FileFailure) {
        try journal?.checkInPlace(at: Self.journalPath(path))
        guard base.file == nil || fileSystem.exists(path) else {
            throw FileFailure(path: path, reason: FileFailure.removed)
        }
    }

    private mutating func syncFolder() throws(FileFailure) {
        guard isFolderDirty else { return }
        try fileSystem.syncFolder(of: path)
        isFolderDirty = false
    }
}
