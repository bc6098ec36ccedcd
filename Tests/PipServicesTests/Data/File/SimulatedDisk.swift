import PipServicesTesting

@testable import PipServices

/// A disk in memory that knows all contents that could remain if the machine stopped now.
///
/// It models the worst case. Unsynced data is kept, lost or torn, piece by piece and in any order. A name in a folder
/// that was not synced refers to any of the files that it referred to since the last sync.
final class SimulatedDisk: FileSystem {
    /// The unsynced data that survives a crash.
    enum Mercy: Hashable {
        case everything
        case nothing
        case some(seed: UInt64)
    }

    /// Why an operation fails, in the system's words.
    enum Fault: String, CaseIterable {
        case noSpace = "No space left on device"
        case badDevice = "Input/output error"
        case readOnly = "Read-only file system"
    }

    private enum Piece {
        case write([UInt8], at: Int)
        case truncate(Int)
    }

    private struct File {
        var content: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [Piece] = []

        mutating func apply(_ piece: Piece) {
            content = Self.applied(piece, to: content)
            pending.append(piece)
        }

        static func applied(_ piece: Piece, to content: [UInt8]) -> [UInt8] {
            var content = content
            func grow(to size: Int) {
                if content.count < size { content += [UInt8](repeating: 0, count: size - content.count) }
            }
            switch piece {
            case .write(let bytes, let place):
                grow(to: place + bytes.count)
                content.replaceSubrange(place..<place + bytes.count, with: bytes)
            case .truncate(let size):
                grow(to: size)
                content.removeSubrange(size...)
            }
            return content
        }
    }

    private struct State {
        var files: [Int: File] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var pendingNames: [String: [Int?]] = [:]
        var operations = 0
        var unlockedOperations = 0
        var locks: Set<String> = []
        var isFolderRemoved = false
        var isFull = false

        mutating func rename(_ path: String, _ file: Int?) {
            names[path] = file
            pendingNames[path, default: []].append(file)
        }

        mutating func syncFolder() {
            durableNames = names
            pendingNames = [:]
        }
    }

    private let state: Locked<State>
    /// The operation from which on all operations fail.
    private let end: Int
    /// The operations that fail.
    private let failing: Range<Int>
    /// The end of a path that is never synced, as if the call were missing; nil if all are.
    private let unsynced: String?
    private let fault: Fault
    /// The files that are separate mounts.
    private let mounts: Set<String>

    /// The value of ``unsynced`` for folders.
    static let folder = "/"

    init(
        crashAfter end: Int = .max, failing: Range<Int> = 0..<0, with fault: Fault = .noSpace, unsynced: String? = nil,
        mounts: Set<String> = []
    ) {
        self.fault = fault
        self.mounts = mounts
        state = Locked(State())
        self.end = end
        self.failing = failing
        self.unsynced = unsynced
    }

    private init(_ state: State, crashAfter end: Int) {
        self.state = Locked(state)
        self.end = end
        failing = 0..<0
        fault = .noSpace
        mounts = []
        unsynced = nil
    }

    /// The number of modifying operations.
    var operations: Int { state.withLock { $0.operations } }

    /// Makes all operations fail that need space, or succeed again.
    func fill(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    /// The number of modifying operations without a held lock.
    var unlockedOperations: Int { state.withLock { $0.unlockedOperations } }

    /// The existing names.
    var names: [String] { state.withLock { $0.names.keys.sorted() } }

    /// Creates a file, durably or like a process that does not sync.
    func put(_ path: String, _ text: String, isDurable: Bool = true) {
        state.withLock { state in
            let id = state.files.count
            var file = File()
            file.apply(.write(Array(text.utf8), at: 0))
            if isDurable { file = File(content: file.content, durable: file.content) }
            state.files[id] = file
            state.rename(path, id)
            if isDurable { state.syncFolder() }
        }
    }

    /// Removes a file as another process does.
    func unlink(_ path: String) {
        state.withLock { state in
            state.rename(path, nil)
            state.syncFolder()
        }
    }

    /// Removes the folder and its content as another process does.
    func removeFolder() {
        for name in names { unlink(name) }
        state.withLock { $0.isFolderRemoved = true }
    }

    /// Returns the content of a file as a string.
    func text(_ path: String) -> String? { read(path, from: 0).map { String(decoding: $0, as: UTF8.self) } }

    /// Returns the disk after the machine has stopped now and restarted.
    func afterCrash(_ mercy: Mercy, crashAfter end: Int = .max) -> SimulatedDisk {
        var random: SeededRandom? = if case .some(let seed) = mercy { SeededRandom(seed: seed) } else { nil }
        func pick(_ count: Int) -> Int {
            if let random { Int(random.next() % UInt64(count)) } else { mercy == .everything ? 0 : count - 1 }
        }
        defer { random = nil }
        var old = state.withLock { $0 }
        for id in old.files.keys.sorted() {
            guard let file = old.files[id] else { continue }
            var content = file.durable
            for piece in file.pending {
                switch pick(3) {
                case 0: content = File.applied(piece, to: content)
                case 1:
                    if case .write(let bytes, let place) = piece {
                        content = File.applied(.write(torn(bytes, pick), at: place), to: content)
                    }
                default: break
                }
            }
            old.files[id] = File(content: content, durable: content)
        }
        for (path, versions) in old.pendingNames.sorted(by: { $0.key < $1.key }) {
            let all = [old.durableNames[path]] + versions
            old.durableNames[path] = all[all.count - 1 - pick(all.count)]
        }
        old.names = old.durableNames
        old.pendingNames = [:]
        old.locks = []
        old.operations = 0
        return SimulatedDisk(old, crashAfter: end)
    }

    private func torn(_ bytes: [UInt8], _ pick: (Int) -> Int) -> [UInt8] {
        if pick(2) == 0 { return Array(bytes.prefix(pick(bytes.count + 1))) }
        // Blocks are written in any order.
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count, by: 64) where pick(2) == 0 {
            for index in start..<min(start + 64, bytes.count) { bytes[index] = 0 }
        }
        return bytes
    }

    // MARK: - FileSystem

    func resolve(_ path: String) -> String { path }

    func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }

    func isMountPoint(_ path: String) -> Bool { mounts.contains(path) }

    func read(_ path: String, from offset: Int) -> [UInt8]? {
        state.withLock { state in
            state.names[path].flatMap { state.files[$0] }.map { Array($0.content.dropFirst(offset)) }
        }
    }

    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile {
        guard !state.withLock({ $0.isFolderRemoved }) else {
            throw FileFailure(path: path, reason: "No such file or directory")
        }
        let id = try change(path, needsRoom: true) { state in
            let id = state.files.count
            state.files[id] = File()
            state.rename(path, id)
            return id
        }
        return Handle(disk: self, path: path, id: id)
    }

    func open(_ path: String) throws(FileFailure) -> any WritableFile {
        guard let id = state.withLock({ $0.names[path] }) else {
            throw FileFailure(path: path, reason: "there is no such file")
        }
        return Handle(disk: self, path: path, id: id)
    }

    func rename(_ path: String, to target: String) throws(FileFailure) {
        guard !mounts.contains(target) else { throw FileFailure(path: path, reason: "Device or resource busy") }
        try change(path) { state in
            state.rename(target, state.names[path])
            state.rename(path, nil)
        }
    }

    func remove(_ path: String) throws(FileFailure) {
        guard state.withLock({ $0.names[path] != nil }) else { return }
        try change(path) { $0.rename(path, nil) }
    }

    func createFolder(of path: String) { state.withLock { $0.isFolderRemoved = false } }

    func sync(_ path: String) throws(FileFailure) {
        guard let id = state.withLock({ $0.names[path] }) else {
            throw FileFailure(path: path, reason: "No such file or directory")
        }
        try sync(path, id)
    }

    func syncFolder(of path: String) throws(FileFailure) {
        try change(path) { state in
            if unsynced != Self.folder { state.syncFolder() }
        }
    }

    func lock(_ path: String) throws(FileFailure) -> any FileLock {
        guard state.withLock({ $0.locks.insert(path).inserted }) else {
            throw FileFailure(path: path, reason: "another holds the lock", isInUse: true)
        }
        return HeldLock(disk: self, path: path)
    }

    // MARK: - Internal

    @discardableResult
    private func change<Result: Sendable>(
        _ path: String, needsRoom: Bool = false, _ body: (inout State) -> Result
    ) throws(FileFailure) -> Result {
        let result: Result? = state.withLock { state in
            state.operations += 1
            if state.locks.isEmpty { state.unlockedOperations += 1 }
            return isBroken(state) || needsRoom && state.isFull ? nil : body(&state)
        }
        guard let result else { throw FileFailure(path: path, reason: fault.rawValue) }
        return result
    }

    private func isBroken(_ state: State) -> Bool {
        state.operations > end || failing.contains(state.operations)
    }

    private func sync(_ path: String, _ id: Int) throws(FileFailure) {
        try change(path) { state in
            if let unsynced, path.hasSuffix(unsynced) { return }
            guard let content = state.files[id]?.content else { return }
            state.files[id] = File(content: content, durable: content)
        }
    }

    private struct Handle: WritableFile {
        let disk: SimulatedDisk
        let path: String
        let id: Int

        func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure) {
            let isWritten = disk.state.withLock { state in
                state.operations += 1
                let isBroken = disk.isBroken(state) || state.isFull
                // A failed write has written a part of its data.
                let count = disk.fault == .readOnly ? 0 : bytes.count / 2
                let part = isBroken && state.operations - 1 <= disk.end ? Array(bytes.prefix(count)) : bytes
                if !isBroken || state.operations - 1 <= disk.end { state.files[id]?.apply(.write(part, at: offset)) }
                return !isBroken
            }
            if !isWritten { throw FileFailure(path: path, reason: disk.fault.rawValue) }
        }

        func truncate(to size: Int) throws(FileFailure) {
            try disk.change(path) { $0.files[id]?.apply(.truncate(size)) }
        }

        func sync() throws(FileFailure) { try disk.sync(path, id) }

        func checkInPlace(at path: String) throws(FileFailure) {
            guard disk.state.withLock({ $0.names[path] }) == id else {
                throw FileFailure(path: path, reason: FileFailure.removed)
            }
        }

        func close() {}
    }

    private struct HeldLock: FileLock {
        let disk: SimulatedDisk
        let path: String

        func release() { disk.state.withLock { _ = $0.locks.remove(path) } }
    }
}
