import Foundation
import Testing

@testable import PipServices

/// The calls to the real disk, which ``CrashTests`` does not cover.
@Suite struct SystemFileSystemTests {
    private let system = SystemFileSystem()

    /// Returns the system's error for a sync without a file. An implementation without the system call can't know it.
    private func refused(_ path: String) -> FileFailure {
        FileFailure(path: path, reason: String(cString: strerror(EINVAL)))
    }

    @Test func whatIsSyncedReachesTheSystem() throws {
        #expect(throws: refused("/dev/null")) { try system.sync("/dev/null") }
        let file = try system.open("/dev/null")
        #expect(throws: refused("/dev/null")) { try file.sync() }
        file.close()
        #expect(throws: refused("/proc")) { try system.syncFolder(of: "/proc/none") }
    }

    @Test func whatStandsOnADiskIsSynced() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a/b.json").path
        try system.createFolder(of: path)
        let file = try system.create(path, permissionsOf: path)
        try file.write(Array("[]".utf8), at: 0)
        try file.sync()
        file.close()
        try system.sync(path)
        try system.syncFolder(of: path)
        let content = try system.read(path)
        #expect(content == Array("[]".utf8))
    }

    @Test("A file that replaces another keeps its owner and permissions", .enabled(if: geteuid() == 0))
    func ownerIsKept() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)").path
        defer { for name in [path, path + ".new"] { try? FileManager.default.removeItem(atPath: name) } }
        try system.create(path, permissionsOf: path).close()
        #expect(chown(path, 12_345, 23_456) == 0 && chmod(path, 0o640) == 0)
        try system.create(path + ".new", permissionsOf: path).close()
        var status = stat()
        #expect(stat(path + ".new", &status) == 0)
        #expect(status.st_uid == 12_345 && status.st_gid == 23_456 && status.st_mode & 0o777 == 0o640)
    }

    @Test func whatIsNotThereCannotBeSynced() {
        #expect(throws: FileFailure.self) { try system.sync("/none/at/all") }
        #expect(throws: FileFailure.self) { try system.syncFolder(of: "/none/at/all") }
    }
}
