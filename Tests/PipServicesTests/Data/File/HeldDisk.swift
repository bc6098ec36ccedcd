import Dispatch

@testable import PipServices

/// A disk that takes its time: while its door is shut, reading and syncing block the thread that asks for it.
struct HeldDisk: FileSystem {
    let disk = SimulatedDisk()
    let door = Door()

    /// Holds threads until it is opened. They wait as they wait for a disk: blocked.
    final class Door: Sendable {
        private struct State {
            var isShut = false
            var held = 0
            var isForced = false
        }

        private let state = Locked(State())
        private let semaphore = DispatchSemaphore(value: 0)

        /// How many threads are held.
        var held: Int { state.withLock { $0.held } }
        /// True when nobody opened the door in time.
        var isForced: Bool { state.withLock { $0.isForced } }

        /// Holds whoever comes from now on.
        func shut() { state.withLock { $0.isShut = true } }

        /// Lets all go.
        func open() { release(byForce: false) }

        /// Waits where the door is shut. Not for ever: were the threads of tasks held, no task could open it.
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
