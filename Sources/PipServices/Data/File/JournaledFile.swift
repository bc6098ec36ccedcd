/// An open data file with its journal, and the steps of changing them. Not thread-safe.
///
/// The data file is a plain JSON array. Later changes are in the journal next to it, which identifies its data file by
/// size and checksum. Compaction writes the items to a new file. The journal records the identity of the new file and
/// the offset up to which it includes the changes. The new file is then renamed to the data file. After a crash, the
/// journal continues from whichever of the two files exists. Nothing is removed before its replacement is durable.
struct JournaledFile {
    /// The minimum journal size for a compaction, in bytes.
    static let usualThreshold = 1 << 20

    private let path: String
    private let fileSystem: any FileSystem
    private let lock: any FileLock
    private let threshold: Int
    private var journal: (any WritableFile)?
    /// The end of the valid and durable part of the journal.
    private var end = 0
    private var nextNumber: Int64 = 1
    private var base = JournalBase()
    private var changeCount = 0
    private var compactAt: Int
    /// True while data of a failed write may follow the journal's end.
    private var hasRemains = false
    /// True from a failed write until the next successful one.
    private var hasFailed = false
    /// True while a change of the folder may not be durable.
    private var isFolderDirty = false
    /// True after ``close()`` and ``abandon()``: the files may belong to another process.
    private var isClosed = false

    /// Locks and reads a data file and its journal, without changing them. Continue with ``start(_:_:warn:)``, or
    /// release the files with ``abandon()``.
    ///
    /// - Throws: FileError `READ_FAILED`, with `byte` if something is corrupt; `FILE_IN_USE` if another process has
    ///   locked it; `WRITE_FAILED` if it is not writable.
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

    /// Starts from the content that was read, and truncates a torn tail.
    ///
    /// - Parameters:
    ///   - entries: the items of the data file.
    ///   - warn: receives a message about truncated data.
    /// - Throws: `WRITE_FAILED`; then call ``abandon()``.
    mutating func start(
        _ content: JournaledContent, _ entries: [StoredItems.Entry], warn: (String) -> Void
    ) throws(ApplicationError) {
        base = content.base
        base.upTo = nil
        base.keys = ItemKeys(entries)
        compactAt = max(threshold, base.file?.size ?? 0) + (content.journal?.frames.first?.range.count ?? 0)
        let journalPath = Self.journalPath(path)
        do throws(FileFailure) {
            // A compaction that crashed may have left this file.
            try fileSystem.remove(JSONArrayFile.temporaryPath(path))
            try fileSystem.remove(Self.newJournalPath(path))
            guard let journal = content.journal else { return }
            if journal.end < content.journalSize {
                let count = content.journalSize - journal.end
                warn("\(journalPath) has a torn tail: \(count) bytes from byte \(journal.end) are truncated")
            }
            if journal.frames.isEmpty {
                try fileSystem.remove(journalPath)
                try fileSystem.syncFolder(of: path)
                return
            }
            let file = try fileSystem.open(journalPath)
            if journal.end < content.journalSize { try file.truncate(to: journal.end) }
            // Data of a killed process may not be durable yet, but it counts as stored from now on.
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

    /// Releases the files without changing them.
    mutating func abandon() {
        guard !isClosed else { return }
        isClosed = true
        journal?.close()
        journal = nil
        lock.release()
    }

    /// Returns the path of the journal.
    static func journalPath(_ path: String) -> String { path + ".journal" }

    /// Returns the temporary path at which a new journal is written.
    private static func newJournalPath(_ path: String) -> String { journalPath(path) + ".new" }

    /// Checks that changes can be stored: the files are in place, and no data of a failed write is left.
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

    /// Does the same as ``checkWritable()``. After a failed write it also appends an empty line, because a full disk is
    /// detected only by writing.
    mutating func checkReady() throws(ApplicationError) {
        try checkWritable()
        if hasFailed { try append([]) }
    }

    /// True if the journal has outgrown the data.
    var needsCompaction: Bool { journal != nil && end >= compactAt }

    /// Appends all changes or none. They are durable when it returns.
    ///
    /// - Parameter changes: the changes as JSON.
    /// - Throws: `WRITE_FAILED`. The changes are not stored. The next call first removes their remains, and fails if it
    ///   can't. They could reappear only if the process ends before that. InvalidState `NOT_OPENED` after ``close()``
    ///   or ``abandon()``.
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

    /// A compaction of the current journal. It can run on another thread.
    var compaction: Compaction {
        Compaction(path: path, fileSystem: fileSystem, end: end, nextNumber: nextNumber, changeCount: changeCount)
    }

    /// Replaces the data file with the compacted items, and drops their changes from the journal.
    ///
    /// - Throws: `WRITE_FAILED`. All changes are kept, and further ones can be appended. InvalidState `NOT_OPENED`
    ///   after ``close()`` or ``abandon()``.
    mutating func finish(_ result: Compaction.Result) throws(ApplicationError) {
        try checkOpen()
        var isInPlace = false
        // Removed, because the file may have filled the disk.
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

    /// Called after a failed compaction, so that it is retried after the same amount of changes.
    mutating func postponeCompaction() { compactAt = end + max(threshold, base.file?.size ?? 0) }

    /// Writes everything to the data file, removes the journal unless it contains messages, and releases the files.
    ///
    /// - Throws: `WRITE_FAILED`. The files are released nevertheless; the data file and the journal together contain
    ///   everything.
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
            // The journal is useless without its data file, which must be durable first.
            if base.file != nil { try fileSystem.sync(path) }
            journal = try fileSystem.create(Self.journalPath(path), permissionsOf: path)
        } catch {
            throw .writeFailed(path, error)
        }
        end = 0
        isFolderDirty = true
        // Written separately, because a line is written only when the previous one is durable.
        try note(header)
        try note(payload)
    }

    /// Appends a line to the journal.
    private mutating func note(_ payload: [UInt8]) throws(ApplicationError) {
        try write(JournalFrame.line(nextNumber, payload))
        nextNumber &+= 1
    }

    /// Appends lines to the journal, all or nothing. They are durable when it returns.
    private mutating func write(_ lines: [UInt8]) throws(ApplicationError) {
        do throws(FileFailure) {
            (hasRemains, hasFailed) = (true, true)
            try journal?.write(lines, at: end)
            try journal?.sync()
            try syncFolder()
            // Checked last, because a change counts as stored only if the path still leads to the file.
            try checkInPlace()
            (hasRemains, hasFailed) = (false, false)
        } catch {
            try? removeRemains()
            throw .writeFailed(path, error)
        }
        end += lines.count
    }

    /// Removes the remains of a failed write after the journal's end.
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

    /// Replaces the journal with one that is based on the current data file.
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
        // The line that identified the new data file is not copied.
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
