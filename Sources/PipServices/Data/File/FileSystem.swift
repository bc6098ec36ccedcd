/// What file persistence asks of a file system: the seam between it and the disk.
///
/// A test puts one in between that notes the operations, fails some of them, or forgets what was not synced. All calls
/// block, so that they are made on an ``IOThread``.
protocol FileSystem: Sendable {
    /// The path of the file itself where `path` leads there by links: what is replaced must not be the link.
    func resolve(_ path: String) -> String
    /// The content of a file; nil when there is none.
    func read(_ path: String) throws(FileFailure) -> [UInt8]?
    /// Opens a file for writing, empty; creates it when there is none, with the permissions of the file at `model`.
    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile
    /// Opens a file for writing as it is.
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

/// A file that is open for writing. Closed at the latest when nobody holds it any more.
protocol WritableFile: Sendable {
    /// Writes bytes at a place, all of them. When it fails, some may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure)
    /// Cuts the file off.
    func truncate(to size: Int) throws(FileFailure)
    /// Makes the content durable.
    func sync() throws(FileFailure)
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
}
