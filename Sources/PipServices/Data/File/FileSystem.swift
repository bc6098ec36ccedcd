/// The file system operations of file persistence, as a seam for tests.
///
/// A test can record operations, fail some of them, or discard data that was not synced. All calls block, so they are
/// made on an ``IOThread``.
protocol FileSystem: Sendable {
    /// Resolves symbolic links, so that the file is replaced and not the link. The file need not exist.
    func resolve(_ path: String) throws(FileFailure) -> String
    /// Returns true if a file or folder exists at `path`.
    func exists(_ path: String) -> Bool
    /// Returns true if a file is mounted at `path`, such as a bind mount, which can't be replaced by renaming another
    /// file.
    func isMountPoint(_ path: String) -> Bool
    /// Returns the content of a file from an offset; nil if the file does not exist. Symbolic links are not followed.
    func read(_ path: String, from offset: Int) throws(FileFailure) -> [UInt8]?
    /// Creates a file for writing, with the permissions of the file at `model`. An existing file of that name is
    /// unlinked and not written to, because it may be a link created by another user.
    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile
    /// Opens an existing file for writing. Symbolic links are not followed.
    func open(_ path: String) throws(FileFailure) -> any WritableFile
    /// Renames a file within its folder, atomically replacing a file of that name.
    func rename(_ path: String, to target: String) throws(FileFailure)
    /// Removes a file if it exists.
    func remove(_ path: String) throws(FileFailure)
    /// Creates the missing parent folders of a file, durably.
    func createFolder(of path: String) throws(FileFailure)
    /// Makes the content of a file durable, even if another process wrote it.
    func sync(_ path: String) throws(FileFailure)
    /// Makes creations, renames and removals in the folder of a file durable.
    func syncFolder(of path: String) throws(FileFailure)
    /// Acquires an exclusive lock among all processes and all holders in this process.
    func lock(_ path: String) throws(FileFailure) -> any FileLock
}

extension FileSystem {
    /// Returns the content of a file; nil if it does not exist.
    func read(_ path: String) throws(FileFailure) -> [UInt8]? { try read(path, from: 0) }

    /// Throws if this file can't be replaced by renaming another file.
    func checkReplaceable(_ path: String) throws(FileFailure) {
        guard isMountPoint(path) else { return }
        throw FileFailure(
            path: path,
            reason: "the file is a separate mount, so it can't be replaced durably; mount its folder instead")
    }
}

/// A file that is open for writing. It is closed at the latest when it is released.
protocol WritableFile: Sendable {
    /// Writes all bytes at an offset. If it fails, some may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure)
    /// Truncates the file.
    func truncate(to size: Int) throws(FileFailure)
    /// Makes the content durable.
    func sync() throws(FileFailure)
    /// Throws unless the path leads to this file, because data written to an unlinked file is lost when the process
    /// ends.
    func checkInPlace(at path: String) throws(FileFailure)
    /// Closes the file.
    func close()
}

/// A lock that is held until it is released.
protocol FileLock: Sendable {
    /// Releases the lock.
    func release()
}

/// A failed operation on a file.
struct FileFailure: Error, Hashable {
    /// The path of the file.
    let path: String
    /// The human-readable reason.
    let reason: String
    /// True if another process or holder has the lock.
    var isInUse = false

    /// The reason for a file that disappeared while in use.
    static let removed = "it was removed or replaced while it was in use"
}
