import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The storage on the real file system.
@Suite final class JournaledFileStorageTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")
    private var path: String { folder.appending(path: "data/items.json").path }
    private let key: @Sendable (AnyValue, Int) throws -> AnyValue = { item, _ in item["id"] ?? .null }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            at: folder.appending(path: "data"), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func text(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns the error; records an issue if there is none.
    private func failure(_ body: () async throws -> Void) async throws -> ApplicationError? {
        do {
            try await body()
        } catch {
            return try #require(error as? ApplicationError)
        }
        Issue.record("nothing was thrown")
        return nil
    }

    private func put(_ id: String, _ value: AnyValue = 1) -> ItemChange {
        .put(key: .string(id), item: ["id": .string(id), "value": value])
    }

    @Test func afterACleanCloseThereIsOneFileWithAPlainList() async throws {
        let storage = JournaledFileStorage(path: path)
        #expect(try await storage.load(.empty, key: key) == StoredItems())
        try await storage.append(.empty, [put("1"), put("2")])
        #expect(text(path + ".journal") != nil)
        try await storage.append(.empty, [.delete(key: "1"), put("3", "ä")])
        try await storage.close(.empty)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "data").path) == ["items.json"])
        let items = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [[String: Any]]
        #expect(items?.compactMap { $0["id"] as? String } == ["2", "3"])
        #expect(try await storage.load(.empty, key: key).items.map(\.key) == ["2", "3"])
        try await storage.close(.empty)
    }

    @Test func aCompactionThatFailsLeavesNothingInTheWay() async throws {
        func run(_ failing: Range<Int>) async throws -> (disk: SimulatedDisk, operations: Range<Int>) {
            let disk = SimulatedDisk(failing: failing)
            let storage = JournaledFileStorage(path: "/data/items.json", disk)
            _ = try await storage.load(.empty, key: key)
            try await storage.append(.empty, [put("1"), put("2")])
            let start = disk.operations + 1
            try? await storage.close(.empty)
            return (disk, start..<disk.operations + 1)
        }
        let operations = try await run(0..<0).operations
        #expect(operations.count > 3)
        for operation in operations {
            let disk = try await run(operation..<operation + 1).disk
            #expect(disk.text(JSONArrayFile.temporaryPath("/data/items.json")) == nil, "operation \(operation)")
        }
    }

    @Test func aFileOfAnotherEditionIsReadAndLeftAloneUntilSomethingChanges() async throws {
        let foreign = "\u{FEFF}[ {\"id\": \"1\", \"big\": 9007199254740993}\r\n, {\"id\":\"2\"} ]"
        try write(foreign, to: path)
        let storage = JournaledFileStorage(path: path)
        #expect(try await storage.load(.empty, key: key).items.first?.item["big"] == .integer(9_007_199_254_740_993))
        try await storage.close(.empty)
        #expect(text(path) == foreign)
    }

    @Test(arguments: [
        ("[{\"id\":\"1\"},\n {\"id\" \"2\"}]", 20), ("", 0), ("[{\"id\":\"1\"}", 11), ("{\"id\":\"1\"}", 0),
        ("[] x", 3),
    ])
    func aCorruptFileIsReportedWithItsPlaceAndLeftAsItIs(content: String, byte: Int64) async throws {
        try write(content, to: path)
        let storage = JournaledFileStorage(path: path)
        let error = try await failure { _ = try await storage.load(.empty, key: key) }
        #expect(error?.code == "READ_FAILED")
        #expect(error?.details["byte"] == .integer(byte), "\(String(describing: error))")
        #expect(error?.message.contains("items.json") == true)
        #expect(text(path) == content)
        #expect(text(path + ".lock") == nil)
    }

    @Test func twoItemsWithOneIdAreRefused() async throws {
        try write(#"[{"id":"1"},{"id":"2"},{"id":"1"}]"#, to: path)
        let storage = JournaledFileStorage(path: path)
        let error = try await failure { _ = try await storage.load(.empty, key: key) }
        #expect(error?.message.contains("items 0 and 2") == true)
    }

    /// Leaves a journal as a crash does.
    private func crash(_ changes: [[ItemChange]]) throws -> [UInt8] {
        var (file, content) = try JournaledFile.open(path, SystemFileSystem())
        try file.start(content, []) { _ in }
        for change in changes { try file.append(change.map { change throws(ApplicationError) in try change.json() }) }
        file.abandon()
        return Array(try Data(contentsOf: URL(filePath: path + ".journal")))
    }

    @Test func aTornTailIsCutOffAndLogged() async throws {
        let whole = try crash([[put("1")], [put("2")]])
        let lines = whole.split(separator: UInt8(ascii: "\n")).map(\.count)
        let start = lines[0] + lines[1] + 2
        for end in start..<whole.count {
            try Data(whole[..<end]).write(to: URL(filePath: path + ".journal"))
            let logger = RecordingLogger()
            let storage = try await assemble(
                JournaledFileStorage(path: path), references: ["test:logger:recording:default:1.0": logger])
            #expect(try await storage.load(.empty, key: key).items.map(\.key) == ["1"])
            #expect(logger.messages.contains { $0.level == .warn && $0.message.contains("torn") } == (end > start))
            #expect(text(path + ".journal")?.utf8.count == start)
            try await storage.close(.empty)
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test func damageBeforeGoodLinesIsReportedAndNothingIsCutOff() async throws {
        let whole = try crash([[put("1")], [put("2")], [put("3")]])
        let lines = whole.split(separator: UInt8(ascii: "\n")).map(\.count)
        let random = SeededRandom(seed: 5)
        for _ in 0..<40 {
            var bytes = whole
            let place = Int(random.next() % UInt64(whole.count - lines[3] - 1))
            bytes[place] ^= 1 << UInt8(random.next() % 8)
            try Data(bytes).write(to: URL(filePath: path + ".journal"))
            let storage = JournaledFileStorage(path: path)
            let error = try await failure {
                _ = try await storage.load(.empty, key: key)
            }
            guard case .integer(let byte)? = error?.details["byte"] else {
                Issue.record("seed 5: \(String(describing: error))")
                return
            }
            #expect(Int(byte) <= place)
            #expect(text(path + ".journal") == String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func aFileThatSomethingElseChangedIsNotMixedWithItsJournal() async throws {
        _ = try crash([[put("1")]])
        try write(#"[{"id":"9"}]"#, to: path)
        let storage = JournaledFileStorage(path: path)
        let error = try await failure { _ = try await storage.load(.empty, key: key) }
        #expect(error?.message.contains("something else changed it") == true)
        #expect(text(path) == #"[{"id":"9"}]"#)
        #expect(text(path + ".journal") != nil)
    }

    @Test func twoDoNotHaveAFileAtOnce() async throws {
        let (first, second) = (JournaledFileStorage(path: path), JournaledFileStorage(path: path))
        _ = try await first.load(.empty, key: key)
        let error = try await failure { _ = try await second.load(.empty, key: key) }
        #expect(error?.code == "FILE_IN_USE")
        #expect(error?.message.contains("process \(getpid())") == true)
        try await first.close(.empty)
        _ = try await second.load(.empty, key: key)
        try await second.close(.empty)
    }

    @Test func mistakesAreNamed() async throws {
        let unset = JournaledFileStorage()
        let noPath = try await failure { _ = try await unset.load(.empty, key: key) }
        #expect(noPath?.code == "NO_PATH")
        let closed = JournaledFileStorage(path: path)
        let notOpened = try await failure {
            try await closed.append(.empty, [put("1", 1)])
        }
        #expect(notOpened?.code == "NOT_OPENED")
        try write("x", to: path)
        let below = JournaledFileStorage(path: path + "/below.json")
        let failed = try await failure { _ = try await below.load(.empty, key: key) }
        #expect(failed?.code == "WRITE_FAILED")
        let aFolder = JournaledFileStorage(path: folder.appending(path: "data").path)
        let noFile = try await failure { _ = try await aFolder.load(.empty, key: key) }
        #expect(noFile?.code == "READ_FAILED")
        #expect(noFile?.message.contains("regular file") == true)
    }

    /// A value that could not be read again is not written, because the file would be lost.
    @Test func whatJSONCannotHoldIsRefused() async throws {
        let storage = JournaledFileStorage(path: path)
        _ = try await storage.load(.empty, key: key)
        func nested(_ depth: Int) -> AnyValue { (0..<depth).reduce(1) { value, _ in [value] } }
        let distant = AnyValue.date(Date(timeIntervalSince1970: 8_640_000_000_001))
        for value in [AnyValue.double(.nan), .double(-.infinity), distant, nested(ItemChange.maxDepth)] {
            let error = try await failure {
                try await storage.append(.empty, [put("1", value)])
            }
            #expect(error?.code == "CANNOT_STORE")
        }
        try await storage.append(.empty, [put("2", nested(ItemChange.maxDepth - 1))])
        try await storage.close(.empty)
        #expect(try await storage.load(.empty, key: key).items.map(\.key) == ["2"])
        try await storage.close(.empty)
    }

    @Test func anyDateThatIsStoredIsReadAgain() async throws {
        let store = try await assemble(IdentifiableFilePersistence<PersistenceItem>(path: path))
        try await store.open(.empty)
        let seconds: [Double] = [
            0, -62_167_219_200, -62_167_219_201, 253_402_300_800, 8_640_000_000_000, -8_640_000_000_000,
        ]
        for (index, time) in seconds.enumerated() {
            var item = PersistenceItem(id: "\(index)", key: "k")
            item.time = Date(timeIntervalSince1970: time)
            try await store.create(.empty, item)
        }
        try await store.close(.empty)
        try await store.open(.empty)
        #expect(store.getList(.empty).compactMap(\.time).map(\.timeIntervalSince1970) == seconds)
        try await store.close(.empty)
    }

    /// A change that can't be stored does not fail concurrent changes of other tasks.
    @Test func whatCannotBeStoredFailsItselfOnly() async throws {
        let store = try await assemble(IdentifiableFilePersistence<PersistenceItem>(path: path))
        try await store.open(.empty)
        let stored = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<64 {
                group.addTask {
                    var item = PersistenceItem(id: "\(index)", key: "k")
                    if index.isMultiple(of: 8) { item.amount = .nan }
                    return (try? await store.create(.empty, item)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(stored == 56)
        #expect(store.getCount(.empty) == 56)
        try await store.close(.empty)
    }

    @Test func theJournalIsCompactedBesideTheWrites() async throws {
        let storage = JournaledFileStorage(path: path, SystemFileSystem(), threshold: 2000)
        _ = try await storage.load(.empty, key: key)
        for index in 0..<400 { try await storage.append(.empty, [put("\(index % 20)", .integer(Int64(index)))]) }
        let journal = try #require(text(path + ".journal")).utf8.count
        #expect(journal < 20_000)
        try await storage.close(.empty)
        let stored = try await storage.load(.empty, key: key)
        #expect(stored.items.map { $0.item["value"] } == (380..<400).map { .integer($0) })
        try await storage.close(.empty)
    }

    @Test("A late change or compaction does not write to a closed data file")
    func closedFileIsNotWrittenTo() throws {
        let (path, disk) = ("/data/items.json", SimulatedDisk())
        var (file, content) = try JournaledFile.open(path, disk)
        try file.start(content, []) { _ in }
        let change = try put("1").json()
        try file.append([change])
        let late = try file.compaction.run()
        try file.close()
        let (text, operations) = (disk.text(path), disk.operations)
        #expect(throws: ApplicationError.self) { try file.append([change]) }
        #expect(throws: ApplicationError.self) { try file.finish(late) }
        #expect(disk.text(path) == text)
        #expect(disk.text(JournaledFile.journalPath(path)) == nil)
        #expect(disk.operations == operations)
    }

    @Test("A change that is stored during close starts no compaction of unlocked files")
    func compactionDoesNotOutliveTheLock() async throws {
        let (disk, path) = (HeldDisk(), "/data/items.json")
        let storage = JournaledFileStorage(path: path, disk, threshold: 1)
        _ = try await storage.load(.empty, key: key)
        // A pending message keeps the journal, which a late compaction would find.
        let message = OutboxMessage(
            id: "m", destination: "q", type: "t", payload: ["a": 1], time: Date(timeIntervalSince1970: 1))
        let changes = [put("1"), .enqueue(message)]
        disk.door.shut()
        let change = Task { try await storage.append(.empty, changes) }
        try await waitUntil { disk.door.held == 1 }
        let close = Task { try await storage.close(.empty) }
        // When it starts closing, the storage can be loaded again, except that the file is locked.
        try await waitUntil {
            let error = try await failure { _ = try await storage.load(.empty) { _, _ in .null } }
            return error?.code == "FILE_IN_USE"
        }
        try await SystemClock().sleep(for: .milliseconds(50))
        disk.door.open()
        try await change.value
        try await close.value
        // An erroneous compaction would start now.
        try await SystemClock().sleep(for: .milliseconds(300))
        #expect(disk.disk.unlockedOperations == 0)
        #expect(disk.disk.text(JSONArrayFile.temporaryPath(path)) == nil)
    }

    @Test func permissionsAndLinksStay() async throws {
        try write("[]", to: path)
        chmod(path, 0o600)
        let link = folder.appending(path: "link.json").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let storage = JournaledFileStorage(path: link)
        _ = try await storage.load(.empty, key: key)
        try await storage.append(.empty, [put("1")])
        try await storage.close(.empty)
        var status = stat()
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(text(path)?.contains("\"1\"") == true)
    }

    /// Returns a storage on a disk, with one item in its file and one in its journal.
    private func storage(_ disk: SimulatedDisk) async throws -> JournaledFileStorage {
        disk.put("/data/items.json", #"[{"id":"1"}]"#)
        let storage = JournaledFileStorage(path: "/data/items.json", disk)
        _ = try await storage.load(.empty, key: key)
        try await storage.append(.empty, [put("2")])
        try await storage.checkReadiness(.empty)
        return storage
    }

    @Test(
        "If files are removed while the service runs, the next write, readiness and close fail",
        arguments: ["/data/items.json.journal", "/data/items.json", "/data"])
    func removedFilesAreNoticed(removed: String) async throws {
        let disk = SimulatedDisk()
        let storage = try await storage(disk)
        if removed == "/data" { disk.removeFolder() } else { disk.unlink(removed) }
        let failed = try await failure { try await storage.append(.empty, [put("3")]) }
        #expect(failed?.code == "WRITE_FAILED")
        #expect(failed?.message.contains("removed or replaced") == true)
        let unready = try await failure { try await storage.checkReadiness(.empty) }
        #expect(unready?.code == "WRITE_FAILED")
        #expect(unready?.message.contains("/data") == false)
        let unclosed = try await failure { try await storage.close(.empty) }
        #expect(unclosed?.code == "WRITE_FAILED")
    }

    @Test("A store on a full disk is not ready until a change fits again", arguments: [false, true])
    func fullDiskIsNotReady(hasJournal: Bool) async throws {
        let disk = SimulatedDisk()
        let storage = JournaledFileStorage(path: "/data/items.json", disk)
        _ = try await storage.load(.empty, key: key)
        if hasJournal { try await storage.append(.empty, [put("1")]) }
        disk.fill(true)
        #expect(try await failure { try await storage.append(.empty, [put("2")]) }?.code == "WRITE_FAILED")
        for _ in 0..<2 {
            #expect(try await failure { try await storage.checkReadiness(.empty) }?.code == "WRITE_FAILED")
        }
        disk.fill(false)
        try await storage.checkReadiness(.empty)
        try await storage.append(.empty, [put("3")])
        try await storage.close(.empty)
        let items = try await JournaledFileStorage(path: "/data/items.json", disk).load(.empty, key: key)
        #expect(items.items.count == (hasJournal ? 2 : 1))
    }

    @Test("A store that cannot be written says so once each time that it begins") func unreadinessIsLoggedOnce()
        async throws
    {
        let (disk, logger) = (SimulatedDisk(), RecordingLogger())
        let storage = try await assemble(
            JournaledFileStorage(path: "/data/items.json", disk),
            references: ["test:logger:recording:default:1.0": logger])
        _ = try await storage.load(.empty, key: key)
        for time in 1...2 {
            disk.fill(true)
            #expect(try await failure { try await storage.append(.empty, [put("1")]) }?.code == "WRITE_FAILED")
            for _ in 0..<3 {
                #expect(try await failure { try await storage.checkReadiness(.empty) }?.code == "WRITE_FAILED")
            }
            #expect(logger.messages.count { $0.message == "The data file can't be written" } == time)
            disk.fill(false)
            try await storage.checkReadiness(.empty)
        }
        try await storage.close(.empty)
    }

    @Test("A change costs one write and one sync, and close compacts nothing that was compacted")
    func operationsAreFew() throws {
        let disk = SimulatedDisk()
        var (file, content) = try JournaledFile.open("/data/items.json", disk)
        try file.start(content, []) { _ in }
        let change = try put("1").json()
        try file.append([change])
        var before = disk.operations
        try file.append([change])
        #expect(disk.operations - before == 2)
        let compaction = try file.compaction.run()
        try file.finish(compaction)
        before = disk.operations
        try file.close()
        // The journal is removed, and the folder synced.
        #expect(disk.operations - before == 2)
    }

    @Test("If the folder is removed before the first change, that change and close fail")
    func removedFolderIsNoticedWithoutAJournal() async throws {
        let disk = SimulatedDisk()
        disk.put("/data/items.json", "[]")
        let storage = JournaledFileStorage(path: "/data/items.json", disk)
        _ = try await storage.load(.empty, key: key)
        disk.removeFolder()
        #expect(try await failure { try await storage.append(.empty, [put("3")]) }?.code == "WRITE_FAILED")
        #expect(try await failure { try await storage.close(.empty) }?.code == "WRITE_FAILED")
    }

    @Test("A replaced journal is detected on the real file system")
    func replacedJournalIsNoticed() async throws {
        let storage = JournaledFileStorage(path: path)
        _ = try await storage.load(.empty, key: key)
        try await storage.append(.empty, [put("1")])
        let journal = try #require(text(path + ".journal"))
        try FileManager.default.removeItem(atPath: path + ".journal")
        try write(journal, to: path + ".journal")
        #expect(try await failure { try await storage.append(.empty, [put("2")]) }?.code == "WRITE_FAILED")
        #expect(try await failure { try await storage.close(.empty) }?.code == "WRITE_FAILED")
    }

    @Test("A journal that compaction has replaced counts as in place")
    func renewedJournalIsInPlace() async throws {
        let storage = JournaledFileStorage(path: path, SystemFileSystem(), threshold: 1)
        _ = try await storage.load(.empty, key: key)
        for index in 0..<20 { try await storage.append(.empty, [put("\(index)")]) }
        try await storage.checkReadiness(.empty)
        try await storage.close(.empty)
    }

    @Test("A data file that is a separate mount is rejected at start with the reason")
    func mountedFileIsRefused() async throws {
        let disk = SimulatedDisk(mounts: ["/data/items.json"])
        disk.put("/data/items.json", "[]")
        let storage = JournaledFileStorage(path: "/data/items.json", disk)
        let error = try await failure { _ = try await storage.load(.empty, key: key) }
        #expect(error?.code == "WRITE_FAILED")
        #expect(error?.message.contains("mount its folder") == true)
        let persister = JSONFilePersister<PersistenceItem>(path: "/data/items.json", disk)
        let save = try await failure { try await persister.save(.empty, []) }
        #expect(save?.message.contains("mount its folder") == true)
        #expect(SystemFileSystem().isMountPoint("/proc"))
        #expect(!SystemFileSystem().isMountPoint("/proc/version"))
    }

    @Test("If the last write fails, close throws", arguments: SimulatedDisk.Fault.allCases)
    func failedLastWriteIsThrown(fault: SimulatedDisk.Fault) async throws {
        let sound = SimulatedDisk()
        _ = try await storage(sound)
        let disk = SimulatedDisk(failing: sound.operations + 1..<1000, with: fault)
        let storage = try await storage(disk)
        let error = try await failure { try await storage.close(.empty) }
        #expect(error?.code == "WRITE_FAILED")
        #expect(error?.message.contains(fault.rawValue) == true)
        // The journal still contains it.
        #expect(disk.text("/data/items.json.journal")?.contains("\"2\"") == true)
    }

    @Test("A dangling link leads to the file that is created")
    func danglingLinkIsFollowed() async throws {
        try write("", to: folder.appending(path: "data/x").path)
        let target = folder.appending(path: "data/new/target.json").path
        let (link, outer) = (folder.appending(path: "data/link.json").path, folder.appending(path: "outer.json").path)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "new/target.json")
        try FileManager.default.createSymbolicLink(atPath: outer, withDestinationPath: link)
        let storage = JournaledFileStorage(path: outer)
        _ = try await storage.load(.empty, key: key)
        try await storage.append(.empty, [put("1")])
        try await storage.close(.empty)
        var status = stat()
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(lstat(outer, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(text(target)?.contains("\"1\"") == true)
        let circle = folder.appending(path: "circle.json").path
        try FileManager.default.createSymbolicLink(atPath: circle, withDestinationPath: circle)
        let endless = JournaledFileStorage(path: circle)
        #expect(try await failure { _ = try await endless.load(.empty, key: key) }?.code == "WRITE_FAILED")
    }

    @Test("Links placed by others are not written through", arguments: [".lock", ".new"])
    func plantedLinksAreNotFollowed(suffix: String) async throws {
        try write("[]", to: path)
        let victim = folder.appending(path: "victim").path
        try Data("precious".utf8).write(to: URL(filePath: victim))
        try FileManager.default.createSymbolicLink(atPath: path + suffix, withDestinationPath: victim)
        let storage = JournaledFileStorage(path: path)
        let load: () async throws -> Void = { [key] in _ = try await storage.load(.empty, key: key) }
        if suffix == ".lock" {
            #expect(try await failure(load)?.message.contains("symbolic link") == true)
        } else {
            try await load()
            try await storage.append(.empty, [put("1")])
            try await storage.close(.empty)
            #expect(text(path)?.contains("\"1\"") == true)
        }
        #expect(text(victim) == "precious")
    }

    @Test("A lock file with a second hard link is not written to")
    func hardLinkOfTheLockIsRefused() async throws {
        try write("[]", to: path)
        let victim = folder.appending(path: "victim").path
        try Data("precious".utf8).write(to: URL(filePath: victim))
        try FileManager.default.linkItem(atPath: victim, toPath: path + ".lock")
        let storage = JournaledFileStorage(path: path)
        #expect(try await failure { _ = try await storage.load(.empty, key: key) }?.code == "WRITE_FAILED")
        #expect(text(victim) == "precious")
    }

    @Test("A lock names its holder, whatever a former one has left") func lockNamesItsHolder() throws {
        try write("99999999999999", to: path + ".lock")
        let lock = try SystemFileSystem().lock(path + ".lock")
        defer { lock.release() }
        let failure = #expect(throws: FileFailure.self) { _ = try SystemFileSystem().lock(path + ".lock") }
        #expect(failure?.reason == "process \(getpid()) holds the lock")
    }

    @Test("A file is created anew, and an existing one of that name is not written to")
    func createdFileIsAnother() throws {
        try write("old", to: path)
        let other = folder.appending(path: "data/other").path
        try FileManager.default.linkItem(atPath: path, toPath: other)
        let file = try SystemFileSystem().create(path, permissionsOf: path)
        try file.write(Array("new".utf8), at: 0)
        file.close()
        #expect(text(path) == "new" && text(other) == "old")
    }

    @Test("An item that can't be decoded is reported with file, position, id and field")
    func unfitItemIsNamed() async throws {
        struct Versioned: StringIdentifiable, Codable, Equatable {
            var id = ""
            var version: Int
        }
        try write(#"[{"id":"a","version":1},{"id":"b"}]"#, to: path)
        let store = try await assemble(IdentifiableFilePersistence<Versioned>(path: path))
        let error = try await failure { try await store.open(.empty) }
        #expect(error?.code == "READ_FAILED")
        for part in [path, "item 1 (id 'b')", "version must not be null", "optional or have a default"] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
        #expect(error?.details["position"] == 1)
        // The same if the item comes from the journal, and for items that are read at once.
        let older = JournaledFileStorage(path: path + "2")
        _ = try await older.load(.empty, key: key)
        try await older.append(
            .empty,
            [
                put("x"),
                .enqueue(
                    OutboxMessage(
                        id: "m", destination: "q", type: "t", payload: nil, time: Date(timeIntervalSince1970: 1))),
            ])
        try await older.close(.empty)
        let second = try await assemble(IdentifiableFilePersistence<Versioned>(path: path + "2"))
        #expect(try await failure { try await second.open(.empty) }?.message.contains("item 0 (id 'x')") == true)
        let persister = JSONFilePersister<Versioned>(path: path)
        #expect(try await failure { _ = try await persister.load(.empty) }?.message.contains("item 1 (id 'b')") == true)
    }

    @Test func messagesOutliveACloseInTheJournal() async throws {
        let message = OutboxMessage(
            id: "m", destination: "q", type: "t", payload: ["a": 1], time: Date(timeIntervalSince1970: 1))
        let storage = JournaledFileStorage(path: path)
        _ = try await storage.load(.empty, key: key)
        try await storage.append(.empty, [put("1"), .enqueue(message)])
        try await storage.close(.empty)
        #expect(try await storage.load(.empty, key: key).messages == [message])
        try await storage.append(.empty, [.dequeue(id: "m")])
        try await storage.close(.empty)
        #expect(text(path + ".journal") == nil)
    }

    @Test func itemsAreSavedAndLoadedAtOnce() async throws {
        struct Dummy: Codable, Equatable, Sendable { var id: String }
        let persister = JSONFilePersister<Dummy>()
        let noPath = try await failure { _ = try await persister.load(.empty) }
        #expect(noPath?.code == "NO_PATH")
        persister.path = path
        #expect(try await persister.load(.empty).isEmpty)
        try await persister.save(.empty, [Dummy(id: "1"), Dummy(id: "2")])
        #expect(try await persister.load(.empty) == [Dummy(id: "1"), Dummy(id: "2")])
        try write(#"[{"id":"1"},{"no":1}]"#, to: path)
        let error = try await failure { _ = try await persister.load(.empty) }
        #expect(error?.code == "READ_FAILED")
        #expect(error?.details["position"] == 1)
    }

    @Test func persistencesInFilesKeepTheirItems() async throws {
        struct Dummy: StringIdentifiable, Codable, Equatable { var id = "" }
        let config: ConfigParams = ["path": path, "options.max_page_size": "2"]
        let store = try await assemble(IdentifiableFilePersistence<Dummy>(), config: config)
        try await store.open(.empty)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<64 { group.addTask { _ = try? await store.create(.empty, Dummy(id: "\(index)")) } }
        }
        #expect(store.getPage(.empty).data.count == 2)
        try await store.close(.empty)
        let again = try await assemble(IdentifiableFilePersistence<Dummy>(), config: config)
        try await again.open(.empty)
        #expect(Set(again.getList(.empty).map(\.id)) == Set((0..<64).map { "\($0)" }))
        try await again.close(.empty)

        let plain = try await assemble(FilePersistence<Dummy>(), config: config)
        try await plain.open(.empty)
        #expect(try await plain.deleteByFilter(.empty, Field("id") { $0.id } == "7") == 1)
        let message = OutboxMessage(
            id: "m", destination: "q", type: "t", payload: nil, time: Date(timeIntervalSince1970: 1))
        try await plain.createMany(.empty, [Dummy(id: "x")], messages: [message])
        try await plain.close(.empty)
        try await plain.open(.empty)
        #expect(plain.getUnsent(.empty, 5) == [message])
        try await plain.markSent(.empty, ["m"])
        try await plain.close(.empty)
        #expect(try await JSONFilePersister<Dummy>(path: path).load(.empty).count == 64)
    }
}
