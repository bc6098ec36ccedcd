import Dispatch

@testable import PipServices

/// A slow disk: while its door is shut, reads and syncs block the calling thread.
struct HeldDisk: FileSystem {
    let disk = SimulatedDisk()
    let door = Door()

    /// Blocks threads, as a disk does, until it is opened.
    final class Door: Sendable {
        private struct State {
            var isShut = false
            var held = 0
            var isForced = false
        }

        private let state = Locked(State())
        private let semaphore = DispatchSemaphore(value: 0)

        /// The number of blocked threads.
        var held: Int { state.withLock { $0.held } }
        /// True if nobody opened the door in time.
        var isForced: Bool { state.withLock { $0.isForced } }

        /// Blocks all later callers.
        func shut() { state.withLock { $0.isShut = true } }

        /// Releases all callers.
        func open() { release(byForce: false) }

        /// Waits while the door is shut, for a limited time: if the threads of tasks were blocked, no task could open
        /// it.
        func pass() {
            let isHeld = state.withLock { state in
                if state.isShut { state.held += 1 }
                return state.isShut
            }
            if isHeld, semaphore.wait(timeout: .now() + 120) == .timedOut { release(byForce: true) }
        }

        private func release(byForce: Bool) {
            let held = state.withLock { state in
                let held = state.held
                state.held = 0
                state.isShut = false
                if byForce { state.isForced = true }
                return held
            }
            for _ in 0..<held { semaphore.signal() }
        }
    }

    // MARK: - FileSystem

    func resolve(_ path: String) -> String { disk.resolve(path) }

    func exists(_ path: String) -> Bool { disk.exists(path) }

    func isMountPoint(_ path: String) -> Bool { disk.isMountPoint(path) }

    func read(_ path: String, from offset: Int) throws(FileFailure) -> [UInt8]? {
        door.pass()
        return disk.read(path, from: offset)
    }

    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile {
        HeldFile(file: try disk.create(path, permissionsOf: model), door: door)
    }

    func open(_ path: String) throws(FileFailure) -> any WritableFile {
        HeldFile(file: try disk.open(path), door: door)
    }

    func rename(_ path: String, to target: String) throws(FileFailure) { try disk.rename(path, to: target) }

    func remove(_ path: String) throws(FileFailure) { try disk.remove(path) }

    func createFolder(of path: String) throws(FileFailure) { disk.createFolder(of: path) }

    func sync(_ path: String) throws(FileFailure) {
        door.pass()
        try disk.sync(path)
    }

    func syncFolder(of path: String) throws(FileFailure) {
        door.pass()
        try disk.syncFolder(of: path)
    }

    func lock(_ path: String) throws(FileFailure) -> any FileLock { try disk.lock(path) }
}

private struct HeldFile: WritableFile {
    let file: any WritableFile
    let door: HeldDisk.Door

    func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure) { try file.write(bytes, at: offset) }

    func truncate(to size: Int) throws(FileFailure) { try file.truncate(to: size) }

    func sync() throws(FileFailure) {
        door.pass()
        try file.sync()
    }

    func checkInPlace(at path: String) throws(FileFailure) { try file.checkInPlace(at: path) }

    func close() { file.close() }
}
