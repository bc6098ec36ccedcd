/// Keeps the items of a persistence in a file, so that nothing is lost that was said to be stored.
///
/// The file at `path` is a plain JSON array, as the other editions read and write it. A change is appended to a journal
/// beside it, `<path>.journal`, and synced to the disk before ``append(_:_:)`` returns: what that costs does not depend on
/// how many items there are. When the journal has outgrown the data, and when the storage is closed, the file is
/// replaced in one step by one with all changes; after a clean close no journal remains, unless messages wait in it.
///
/// After a crash at any point everything is there that was said to be stored. A torn end of the journal is cut off, which
/// is logged; anything else that is damaged is an error, and left as it is. While it is loaded, `<path>.lock` keeps other
/// processes away. Reading and writing is done on threads of its own.
///
/// There is nothing like it in the toolkit, whose file persistence writes the whole file on each change.
public final class JournaledFileStorage: ItemStorage, Component, Readiness, Checkable {
    private let path = Setting<String?>("path", default: nil, "The file that holds the items, a JSON array")
    private let logger = CompositeLogger()
    private let ownPath: String?
    private let fileSystem: any FileSystem
    private let threshold: Int
    private let state = Locked<Opened?>(nil)
    /// True after it was logged that the file can't be written.
    private let isReported = Locked(false)

    /// Creates a storage.
    /// - Parameter path: the file; nil: as the setting `path` says, which wins where both are given.
    public convenience init(path: String? = nil) {
        self.init(path: path, SystemFileSystem())
    }

    init(path: String?, _ fileSystem: any FileSystem, threshold: Int = JournaledFile.usualThreshold) {
        ownPath = path
        self.fileSystem = fileSystem
        self.threshold = threshold
    }

    /// The file.
    public var location: String? { path() ?? ownPath }

    /// Checks that there is a path, to a file that can be replaced.
    /// - Throws: Misconfiguration `NO_PATH`; FileError `WRITE_FAILED`.
    public func checkConfiguration(_ context: Context) async throws {
        guard let path = location, !path.isEmpty else { throw ApplicationError.noPath() }
        let fileSystem = fileSystem
        try await IOThread.start().run { () throws(ApplicationError) in
            do throws(FileFailure) {
                try fileSystem.checkReplaceable(fileSystem.resolve(path))
            } catch {
                throw .writeFailed(path, error).about(key: "path")
            }
        }
    }

    /// Returns if changes can be stored: the file and its journal are in place, and there is room again after a write that
    /// failed.
    /// - Throws: FileError `WRITE_FAILED` without a path, since callers of the service may see it; InvalidState
    ///   `NOT_OPENED`.
    public func checkReadiness(_ context: Context) async throws {
        guard let opened = state.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The data file is not loaded", traceId: context.traceId)
        }
        do throws(ApplicationError) {
            try await opened.change { file throws(ApplicationError) in try file.checkReady() }
            isReported.withLock { $0 = false }
        } catch {
            let isFirst = isReported.withLock { isReported in
                defer { isReported = true }
                return !isReported
            }
            if isFirst { logger.error(context, error: error, "The data file can't be written") }
            throw ApplicationError.file(
                code: error.code, "The data file can't be written", traceId: context.traceId)
        }
    }

    /// Reads the file and its journal. A missing file holds no items; its folder is created.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; FileError `READ_FAILED` with the detail `path` and, where something is
    ///   corrupt, `byte`; `FILE_IN_USE` when another process has the file; `WRITE_FAILED` where it can't be written;
    ///   InvalidState `ALREADY_LOADED`; what `key` throws. Nothing that is stored is changed then.
    public func load(
        _ context: Context, key: @Sendable (_ item: AnyValue, _ position: Int) throws -> AnyValue
    ) async throws -> StoredItems {
        guard let path = location, !path.isEmpty else { throw ApplicationError.noPath() }
        guard state.withLock({ $0 == nil }) else {
            throw ApplicationError.invalidState(
                code: "ALREADY_LOADED", "The data file \(path) is loaded already", traceId: context.traceId)
        }
        let thread = try IOThread.start()
        let (fileSystem, threshold, logger) = (fileSystem, threshold, logger)
        let (opened, content) = try await thread.run { () throws(ApplicationError) in
            let (file, content) = try JournaledFile.open(path, fileSystem, threshold: threshold)
            return (Opened(thread, file), content)
        }
        do {
            let entries = try content.entries(key: key)
            try await opened.change { file throws(ApplicationError) in
                try file.start(content, entries) { logger.warn(context, $0) }
            }
            state.withLock { $0 = opened }
            return content.stored(entries)
        } catch {
            await opened.abandon()
            throw error
        }
    }

    /// Refuses what JSON can't hold so that it could be read again: a number that is not finite, and what is nested too
    /// deep.
    /// - Throws: BadRequest `CANNOT_STORE`.
    public func check(_ changes: some Sequence<ItemChange>) throws(ApplicationError) {
        for change in changes { try change.check() }
    }

    /// Appends changes to the journal, all or none. When it returns they are on the disk.
    ///
    /// - Throws: FileError `WRITE_FAILED`: nothing of them is stored, and later changes can be, as soon as the disk takes
    ///   them; BadRequest `CANNOT_STORE` for a value that JSON can't hold; InvalidState `NOT_OPENED`.
    public func append(_ context: Context, _ changes: [ItemChange]) async throws {
        guard !changes.isEmpty else { return }
        guard let opened = state.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The data file is not loaded", traceId: context.traceId)
        }
        let lines = try changes.map { change throws(ApplicationError) in try change.json() }
        let needsCompaction = try await opened.change { file throws(ApplicationError) in
            try file.append(lines)
            return file.needsCompaction
        }
        if needsCompaction { opened.compact(context, logger) }
    }

    /// Makes the file hold everything and removes the journal.
    /// - Throws: FileError `WRITE_FAILED`: what is not in the file is still in the journal.
    public func close(_ context: Context) async throws {
        let opened = state.withLock { state in
            defer { state = nil }
            return state
        }
        guard let opened else { return }
        try await opened.close()
    }
}

// MARK: - Internal

/// A data file that is open, on its threads.
private final class Opened: Sendable {
    private struct Compactor: Sendable {
        var thread: IOThread?
        var isBusy = false
        /// True when no further compaction may start.
        var isClosed = false
    }

    private let thread: IOThread
    private let file: Locked<JournaledFile>
    private let compactor = Locked(Compactor())

    init(_ thread: IOThread, _ file: JournaledFile) {
        self.thread = thread
        self.file = Locked(file)
    }

    /// Does something with the file on its thread.
    func change<Result: Sendable>(
        _ body: @escaping @Sendable (inout JournaledFile) throws(ApplicationError) -> Result
    ) async throws(ApplicationError) -> Result {
        let file = file
        return try await thread.run { () throws(ApplicationError) in
            try file.withLock { file throws(ApplicationError) in try body(&file) }
        }
    }

    /// Starts a compaction on a thread beside, unless there is one under way.
    func compact(_ context: Context, _ logger: CompositeLogger) {
        let isFree = compactor.withLock { compactor in
            defer { compactor.isBusy = true }
            return !compactor.isBusy && !compactor.isClosed
        }
        guard isFree else { return }
        let (thread, file, compactor) = (thread, file, compactor)
        @Sendable func end(_ result: Result<Compaction.Result, ApplicationError>) {
            do throws(ApplicationError) {
                let result = try result.get()
                try file.withLock { file throws(ApplicationError) in try file.finish(result) }
            } catch {
                file.withLock { $0.postponeCompaction() }
                logger.error(context, error: error, "The journal can't be compacted now; nothing is lost")
            }
            compactor.withLock { compactor in
                compactor.thread = nil
                compactor.isBusy = false
            }
        }
        do throws(ApplicationError) {
            let beside = try IOThread.start()
            compactor.withLock { compactor in
                guard !compactor.isClosed else { return }
                compactor.thread = beside
                // Under the lock: ``close()`` waits for what was submitted to the thread that it finds.
                beside.submit {
                    let compaction = file.withLock { $0.compaction }
                    let result = Result { () throws(ApplicationError) in try compaction.run() }
                    thread.submit { end(result) }
                }
            }
        } catch {
            thread.submit { end(.failure(error)) }
        }
    }

    func close() async throws(ApplicationError) {
        let beside = compactor.withLock { compactor in
            compactor.isClosed = true
            return compactor.thread
        }
        // A compaction that is under way hands its end over to the file's thread before it is done with its own.
        if let beside { try await beside.run {} }
        try await change { file throws(ApplicationError) in try file.close() }
    }

    func abandon() async {
        try? await change { $0.abandon() }
    }
}
