import Foundation
import Testing

@testable import PipServices

/// The seam to the disk itself, which the proof of ``CrashTests`` stops short of.
@Suite struct SystemFileSystemTests {
    private let system = SystemFileSystem()

    /// What the system answers where there is nothing to sync. A call that never reaches it can't know.
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

    @Test func whatIsNotThereCannotBeSynced() {
        #expect(throws: FileFailure.self) { try system.sync("/none/at/all") }
        #expect(throws: FileFailure.self) { try system.syncFolder(of: "/none/at/all") }
    }
}
