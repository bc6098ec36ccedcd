internal import CLinux
import Glibc

/// The system's file system, accessed through the C library.
///
/// Files are opened without following symbolic links and created exclusively: in a folder that others can write to,
/// another user could place a link to another file.
struct SystemFileSystem: FileSystem {
    func resolve(_ path: String) throws(FileFailure) -> String {
        var path = path
        // The kernel's limit for symbolic links.
        for _ in 0..<40 {
            if let real = Self.realPath(path) { return real }
            // A link is followed even if its target does not exist yet.
            guard let target = Self.linkTarget(path) else {
                guard let name = Self.name(of: path), let folder = Self.realPath(Self.folder(of: path)) else {
                    return path
                }
                return folder == "/" ? "/" + name : folder + "/" + name
            }
            path = target.begins(with: "/") ? target : Self.folder(of: path) + "/" + target
        }
        throw FileFailure(path: path, reason: String(cString: strerror(ELOOP)))
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    func isMountPoint(_ path: String) -> Bool { pip_is_mount_root(path) == 1 }

    func read(_ path: String, from offset: Int) throws(FileFailure) -> [UInt8]? {
        // Non-blocking, because opening a pipe would wait for a writer.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { return nil }
        let file = try SystemFile(descriptor, path)
        defer { file.close() }
        return try file.content(from: offset)
    }

    func create(_ path: String, permissionsOf model: String) throws(FileFailure) -> any WritableFile {
        var status = stat()
        let mode = stat(model, &status) == 0 ? status.st_mode & 0o7777 : nil
        try remove(path)
        let file = try SystemFile(
            Glibc.open(
                path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode.map { $0 & 0o666 } ?? 0o666), path)
        // If this is not permitted, the owner is the process and the umask determines the mode. The owner is set first,
        // because changing it clears bits of the mode.
        if let mode {
            _ = fchown(file.descriptor, status.st_uid, status.st_gid)
            _ = fchmod(file.descriptor, mode)
        }
        return file
    }

    func open(_ path: String) throws(FileFailure) -> any WritableFile {
        try SystemFile(Glibc.open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), path)
    }

    func rename(_ path: String, to target: String) throws(FileFailure) {
        try check(Glibc.rename(path, target), path)
    }

    func remove(_ path: String) throws(FileFailure) {
        if unlink(path) != 0, errno != ENOENT { throw .last(path) }
    }

    func createFolder(of path: String) throws(FileFailure) {
        let folder = Self.folder(of: path)
        var status = stat()
        // The recursion stops at the root and at the current folder.
        guard folder != ".", folder != "/", stat(folder, &status) != 0 else { return }
        try createFolder(of: folder)
        if mkdir(folder, 0o777) != 0, errno != EEXIST { throw .last(folder) }
        try syncFolder(of: folder)
    }

    func sync(_ path: String) throws(FileFailure) {
        let file = try SystemFile(Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), path)
        defer { file.close() }
        try file.sync()
    }

    func syncFolder(of path: String) throws(FileFailure) {
        let folder = Self.folder(of: path)
        let file = try SystemFile(Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder)
        defer { file.close() }
        try file.sync()
    }

    func lock(_ path: String) throws(FileFailure) -> any FileLock {
        // Each holder removes the file, so with many holders several attempts may be needed.
        for _ in 0..<1000 {
            guard let file = try openLock(path) else { continue }
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                if errno == EINTR { continue }
                guard errno == EWOULDBLOCK else { throw .last(path) }
                let holder = (try? file.content()).map { String(decoding: $0.prefix(20), as: UTF8.self) } ?? ""
                let process = Int(holder).map { "process \($0)" } ?? "another process"
                throw FileFailure(path: path, reason: "\(process) holds the lock", isInUse: true)
            }
            // A holder removes the file on release, and a lock on an unlinked file has no effect.
            guard (try? file.checkInPlace(at: path)) != nil else {
                file.close()
                continue
            }
            try file.checkExclusive()
            // Only for information about the holder. The lock works without it, even on a full disk.
            try? file.truncate(to: 0)
            try? file.write(Array(String(getpid()).utf8), at: 0)
            return SystemFileLock(file: file, path: path)
        }
        throw FileFailure(path: path, reason: "other processes keep acquiring the lock", isInUse: true)
    }

    // MARK: - Internal

    private func check(_ result: Int32, _ path: String) throws(FileFailure) {
        if result != 0 { throw .last(path) }
    }

    /// Opens or creates the file of a lock; nil if another process created or removed it concurrently.
    private func openLock(_ path: String) throws(FileFailure) -> SystemFile? {
        let descriptor = Glibc.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if descriptor >= 0 || errno != ENOENT { return try SystemFile(descriptor, path) }
        let created = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        if created < 0, errno == EEXIST { return nil }
        return try SystemFile(created, path)
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Returns the target of a symbolic link; nil for anything else.
    private static func linkTarget(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func name(of path: String) -> String? {
        let name = Substring(path).divided(atLast: "/").map { String($0.1) } ?? path
        return name.isEmpty || name == "." || name == ".." ? nil : name
    }

    private static func folder(of path: String) -> String {
        let scalars = path.unicodeScalars
        let rest = scalars.count > 1 && scalars.last == "/" ? scalars.dropLast() : scalars[...]
        guard let (folder, _) = Substring(rest).divided(atLast: "/") else { return "." }
        return folder.isEmpty ? "/" : String(folder)
    }
}

/// A file open by descriptor.
///
/// `deinit` closes it, so each method extends the lifetime of `self` over its system calls. Otherwise an optimised
/// build could release the last reference right after the descriptor was read.
private final class SystemFile: WritableFile {
    let descriptor: Int32
    private let path: String
    private let isOpen = Locked(true)

    init(_ descriptor: Int32, _ path: String) throws(FileFailure) {
        guard descriptor >= 0 else { throw .last(path) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func content(from offset: Int = 0) throws(FileFailure) -> [UInt8] {
        defer { withExtendedLifetime(self) {} }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure(path: path, reason: "it is not a regular file")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(0, Int(status.st_size) - offset) + 1)
        while true {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, initialized in
                repeat {
                    count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset + bytes.count))
                } while count < 0 && errno == EINTR
                initialized = max(0, count)
            }
            guard count >= 0 else { throw .last(path) }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(FileFailure) {
        defer { withExtendedLifetime(self) {} }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written,
                    off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last(path) }
            written += count
        }
    }

    func truncate(to size: Int) throws(FileFailure) {
        defer { withExtendedLifetime(self) {} }
        while ftruncate(descriptor, off_t(size)) != 0 {
            if errno != EINTR { throw .last(path) }
        }
    }

    func sync() throws(FileFailure) {
        defer { withExtendedLifetime(self) {} }
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw .last(path) }
        }
    }

    func checkInPlace(at path: String) throws(FileFailure) {
        defer { withExtendedLifetime(self) {} }
        var own = stat()
        var named = stat()
        guard fstat(descriptor, &own) == 0, lstat(path, &named) == 0, own.st_ino == named.st_ino,
            own.st_dev == named.st_dev
        else { throw FileFailure(path: path, reason: FileFailure.removed) }
    }

    /// Throws if writing could change another file: this one has a second hard link, or is not a regular file.
    func checkExclusive() throws(FileFailure) {
        defer { withExtendedLifetime(self) {} }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last(path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw FileFailure(path: path, reason: "it is not a regular file with a single hard link")
        }
    }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { _ = Glibc.close(descriptor) }
    }
}

private final class SystemFileLock: FileLock {
    private let file: SystemFile
    private let path: String

    init(file: SystemFile, path: String) {
        self.file = file
        self.path = path
    }

    func release() {
        // Removed while the lock is held; a process that opens it now detects the removal and retries.
        unlink(path)
        file.close()
    }
}

extension FileFailure {
    /// Returns the last error of the C library.
    static func last(_ path: String) -> FileFailure {
        // Files are opened without following links, which the system reports as `ELOOP`.
        let isLink = errno == ELOOP
        return FileFailure(
            path: path,
            reason: isLink ? "it is a symbolic link, which is not followed" : String(cString: strerror(errno)))
    }
}
