/// What file persistence asks of a file system: the seam between it and the disk.
///
/// A test puts one in between that notes the operations, fails some of them, or forgets what was not synced. All calls
/// block, so that they are made on an ``IOThread``.
protocol FileSystem: Sendable {
    /// The path of the file itself where `path` leads there by links: what is replaced must not be the link. The file
    /// need not exist.
    func resolve(_ path: String) throws(FileFailure) -> String
    /// True if a file or folder exists at `path`.
    func exists(_ path: String) -> Bool
    /// True if a file of its own is mounted at `path`, such as a bind mount: no other file can take its name.
    func isMountPoint(_ path: String) -> Bool
    /// The content of a file from a place on; nil when there is no file. A symbolic link is not followed.
    func read(_ path: String, from offset: Int) throws(FileFailure) -> [UInt8]?
    /// Creates a file for writing, with the permissions of the file at `model`. Whatever had the name loses it and is
    /// not written to: it may be a link that somebody else put there.
    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile
    /// Opens a file for writing as it is. A symbolic link is not followed.
    func open(_ path: String) throws(FileFailure) -> any WritableFile
    /// Gives a file another name in the same folder, in one step; a file of that name is replaced.
    func rename(_ path: String, to target: String) throws(FileFailure)
    /// Removes a file, if there is one.
    func remove(_ path: String) throws(FileFailure)
    /// Creates the folder of a file and those above it, durably, as far as they are missing.
    func createFolder(of path: String) throws(FileFailure)
    /// Makes the content of a file durable that somebody else may have written.
    func sync(_ path: String) throws(FileFailure)
    /// Makes what was created, renamed and removed in the folder of a file durable.
    func syncFolder(of path: String) throws(FileFailure)
    /// Takes a lock that no other process and no other holder in this one can have at the same time.
    func lock(_ path: String) throws(FileFailure) -> any FileLock
}

extension FileSystem {
    /// The content of a file; nil when there is none.
    func read(_ path: String) throws(FileFailure) -> [UInt8]? { try read(path, from: 0) }

    /// Throws if no other file can take the name of this one.
    func checkReplaceable(_ path: String) throws(FileFailure) {
        guard isMountPoint(path) else { return }
        throw FileFailure(
            path: path,
            reason: "the file is a mount of its own, so it can't be replaced durably; mount the folder that it is in")
    }
}

/// A file that is open for writing. Closed at the latest when nobody holds it any more.
protocol WritableFile: Sendable {
    /// Writes bytes at a place, all of them. When it fails, some may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure)
    /// Cuts the file off.
    func truncate(to size: Int) throws(FileFailure)
    /// Makes the content durable.
    func sync() throws(FileFailure)
    /// Throws unless a path leads to this very file: what is written to a file without a name is lost with the process.
    func checkInPlace(at path: String) throws(FileFailure)
    /// Closes the file.
    func close()
}

/// A lock that is held.
protocol FileLock: Sendable {
    /// Gives the lock back.
    func release()
}

/// An operation on a file that failed.
struct FileFailure: Error, Hashable {
    /// The file.
    let path: String
    /// Why, for people.
    let reason: String
    /// True when somebody else holds the lock.
    var isInUse = false

    /// The reason of a file that is gone while it is in use.
    static let removed = "it was removed or replaced while it was in use"
}
