/// Stores the items of a persistence durably in a file.
///
/// The file at `path` is a plain JSON array in the format of the other editions. A change is appended to a journal next
/// to it, `<path>.journal`, and synced to disk before ``append(_:_:)`` returns. The cost of a change is therefore
/// independent of the number of items. When the journal outgrows the data, and on close, the file is atomically
/// replaced by one with all changes. After a clean close, no journal remains unless it contains messages.
///
/// Every confirmed change survives a crash. A torn tail of the journal is truncated and logged. Any other damage is an
/// error, and the files are left unchanged. While the storage is loaded, `<path>.lock` excludes other processes. Reads
/// and writes run on dedicated threads.
///
/// The toolkit has no equivalent: its file persistence rewrites the whole file on each change.
public final class JournaledFileStorage: ItemStorage, Component, Readiness, Checkable {
    private let path = Setting<String?>("path", default: nil, "The file of the items, a JSON array")
    private let logger = CompositeLogger()
    private let ownPath: String?
    private let fileSystem: any FileSystem
    private let threshold: Int
    private let state = Locked<Opened?>(nil)
    /// True after a write failure was logged.
    private let isReported = Locked(false)

    /// Creates a storage.
    /// - Parameter path: the default path of the file; the setting `path` overrides it.
    public convenience init(path: String? = nil) {
        self.init(path: path, SystemFileSystem())
    }

    init(path: String?, _ fileSystem: any FileSystem, threshold: Int = JournaledFile.usualThreshold) {
        ownPath = path
        self.fileSystem = fileSystem
        self.threshold = threshold
    }

    /// The path of the file.
    public var location: String? { path() ?? ownPath }

    /// Checks that a path is configured and that its file can be replaced.
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

    /// Returns normally if changes can be stored: the file and its journal exist, and after a failed write there is
    /// space again.
    /// - Throws: FileError `WRITE_FAILED`, without the path because callers of the service may see it; InvalidState
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

    /// Reads the file and its journal. A missing file has no items; its folder is created.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; FileError `READ_FAILED` with the detail `path` and, if something is
    ///   corrupt, `byte`; `FILE_IN_USE` if another process has locked the file; `WRITE_FAILED` if it is not writable;
    ///   InvalidState `ALREADY_LOADED`; errors of `key`. Stored data is then unchanged.
    public func load(
        _ context: Context, key: @Sendable (_ item: AnyValue, _ position: Int) throws -> AnyValue
    ) async throws -> StoredItems {
        guard let path = location, !path.isEmpty else { throw ApplicationError.noPath() }
        guard state.withLock({ $0 == nil }) else {
            throw ApplicationError.invalidState(
                code: "ALREADY_LOADED", "The data file \(path) is already loaded", traceId: context.traceId)
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

    /// Rejects values that JSON can't represent: non-finite numbers and values that are nested too deeply.
    /// - Throws: BadRequest `CANNOT_STORE`.
    public func check(_ changes: some Sequence<ItemChange>) throws(ApplicationError) {
        for change in changes { try change.check() }
    }

    /// Appends all changes or none to the journal. They are on disk when it returns.
    ///
    /// - Throws: FileError `WRITE_FAILED`: nothing is stored, and later changes succeed as soon as the disk accepts
    ///   them; BadRequest `CANNOT_STORE` for a value that JSON can't represent; InvalidState `NOT_OPENED`.
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

    /// Writes everything to the data file and removes the journal.
    /// - Throws: FileError `WRITE_FAILED`; changes that are not in the data file are then still in the journal.
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

/// An open data file with its threads.
private final class Opened: Sendable {
    private struct Compactor: Sendable {
        var thread: IOThread?
        var isBusy = false
        /// True if no further compaction may start.
        var isClosed = false
    }

    private let thread: IOThread
    private let file: Locked<JournaledFile>
    private let compactor = Locked(Compactor())

    init(_ thread: IOThread, _ file: JournaledFile) {
        self.thread = thread
        self.file = Locked(file)
    }

    /// Runs `body` with the file on its thread.
    func change<Result: Sendable>(
        _ body: @escaping @Sendable (inout JournaledFile) throws(ApplicationError) -> Result
    ) async throws(ApplicationError) -> Result {
        let file = file
        return try await thread.run { () throws(ApplicationError) in
            try file.withLock { file throws(ApplicationError) in try body(&file) }
        }
    }

    /// Starts a compaction on a second thread, unless one is running.
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
                logger.error(context, error: error, "Cannot compact the journal now; no data is lost")
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
                // Under the lock, because ``close()`` waits for all jobs submitted to this thread.
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
        // A running compaction submits its last step to the file's thread before it ends.
        if let beside { try await beside.run {} }
        try await change { file throws(ApplicationError) in try file.close() }
    }

    func abandon() async {
        try? await change { $0.abandon() }
    }
}
