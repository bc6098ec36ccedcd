/// Reads and writes all items of a file at once, as a JSON array (the toolkit's `JsonFilePersister`).
///
/// Writing replaces the file in one step and durably. For items that change one by one there is
/// ``IdentifiableFilePersistence``, which does not write them all each time; the two must not have the same file at the
/// same time. Safe to use from any task; reading and writing is done on a thread of its own.
public final class JSONFilePersister<Item: Codable & Sendable>: Loader, Saver, Component {
    private let pathSetting = Setting<String?>("path", default: nil, "The file that holds the items, a JSON array")
    private let ownPath: Locked<String?>
    private let saving = Locked(())
    private let fileSystem: any FileSystem

    /// Creates a persister.
    /// - Parameter path: the file; nil: as the setting `path` says, which wins where both are given.
    public convenience init(path: String? = nil) { self.init(path: path, SystemFileSystem()) }

    init(path: String?, _ fileSystem: any FileSystem) {
        ownPath = Locked(path)
        self.fileSystem = fileSystem
    }

    /// The file. What is set counts until the component is configured.
    public var path: String? {
        get { pathSetting() ?? ownPath.current }
        set { ownPath.withLock { $0 = newValue } }
    }

    /// Reads all items; none when there is no file.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; FileError `READ_FAILED` with the detail `path`, and `byte` where the file is
    ///   no JSON array, or `position` of an item that is none of this type.
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

    /// Writes all items in place of those in the file. Its folder is created when it is missing.
    ///
    /// - Throws: Misconfiguration `NO_PATH`; BadRequest `CANNOT_ENCODE` or `CANNOT_STORE` for an item that JSON can't hold;
    ///   FileError `WRITE_FAILED`. The file is then as it was.
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
                // One after the other: they write to one new file.
                try saving.withLock { _ throws(FileFailure) in
                    let target = try fileSystem.resolve(path)
                    try fileSystem.checkReplaceable(target)
                    try fileSystem.createFolder(of: target)
                    // Nor may another instance or process write to it.
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
