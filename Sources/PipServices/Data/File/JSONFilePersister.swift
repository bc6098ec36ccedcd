/// Reads and writes all items of a file at once, as a JSON array (the toolkit's `JsonFilePersister`).
///
/// A write replaces the file atomically and durably. For items that change one at a time, use
/// ``IdentifiableFilePersistence``, which does not rewrite all items for each change. Do not use both on the same file
/// at the same time. Safe to use from any task; reads and writes run on a dedicated thread.
public final class JSONFilePersister<Item: Codable & Sendable>: Loader, Saver, Component {
    private let pathSetting = Setting<String?>("path", default: nil, "The file of the items, a JSON array")
    private let ownPath: Locked<String?>
    private let saving = Locked(())
    private let fileSystem: any FileSystem

    /// Creates a persister.
    /// - Parameter path: the default path of the file; the setting `path` overrides it.
    public convenience init(path: String? = nil) { self.init(path: path, SystemFileSystem()) }

    init(path: String?, _ fileSystem: any FileSystem) {
        ownPath = Locked(path)
        self.fileSystem = fileSystem
    }

    /// The path of the file. Setting it has an effect only until the component is configured.
    public var path: String? {
        get { pathSetting() ?? ownPath.current }
        set { ownPath.withLock { $0 = newValue } }
    }

    /// Reads all items; empty if the file does not exist.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; FileError `READ_FAILED` with the detail `path`, and either `byte` if the
    ///   file is not a JSON array, or `position` of an item that can't be decoded.
    public func load(_ context: Context) async throws -> [Item] {
        let path = try requiredPath()
        let fileSystem = fileSystem
        let items = try await IOThread.start().run { () throws(ApplicationError) in
            try Self.content(path, fileSystem).map { bytes throws(ApplicationError) in
                try JSONArrayFile.items(in: bytes, path: path)
            } ?? []
        }
        return try items.enumerated().map { position, item throws(ApplicationError) in
            do throws(ApplicationError) {
                return try item.decode(Item.self)
            } catch {
                throw .unfitItem(path, position, item, error, traceId: context.traceId)
            }
        }
    }

    /// Replaces all items in the file. Missing folders are created.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; BadRequest `CANNOT_ENCODE` or `CANNOT_STORE` for an item that JSON can't
    ///   represent; FileError `WRITE_FAILED`. The file is then unchanged.
    public func save(_ context: Context, _ items: [Item]) async throws {
        let path = try requiredPath()
        let values = try items.enumerated().map { position, item throws(ApplicationError) in
            let value = try AnyValue(encoding: item)
            try ItemChange.check(value, "item \(position)")
            return value
        }
        let (fileSystem, saving) = (fileSystem, saving)
        try await IOThread.start().run { () throws(ApplicationError) in
            do throws(FileFailure) {
                // One at a time, because they use the same temporary file.
                try saving.withLock { _ throws(FileFailure) in
                    let target = try fileSystem.resolve(path)
                    try fileSystem.checkReplaceable(target)
                    try fileSystem.createFolder(of: target)
                    // The lock excludes other instances and processes.
                    let lock = try fileSystem.lock(target + ".lock")
                    defer { lock.release() }
                    try JSONArrayFile.replace(target, with: values, fileSystem)
                }
            } catch {
                throw .writeFailed(path, error)
            }
        }
    }

    // MARK: - Internal

    private static func content(_ path: String, _ fileSystem: any FileSystem) throws(ApplicationError) -> [UInt8]? {
        do throws(FileFailure) {
            return try fileSystem.read(fileSystem.resolve(path))
        } catch {
            throw .readFailed(path, error)
        }
    }

    private func requiredPath() throws(ApplicationError) -> String {
        guard let path, !path.isEmpty else { throw .noPath() }
        return path
    }
}
