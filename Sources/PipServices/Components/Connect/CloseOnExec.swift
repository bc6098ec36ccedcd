import FoundationEssentials
import Glibc

/// Sets `FD_CLOEXEC` on descriptors that libraries create without it, so that child processes do not inherit them.
enum CloseOnExec {
    /// Sets the flag of a descriptor.
    static func set(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }

    /// Returns the local sockets of the process, to find the pair with which a library wakes its own thread.
    ///
    /// It is limited to sockets, because a list of all descriptors would include the one that it is read from, whose
    /// number is reused.
    static func localSockets() -> Set<Int32> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return Set(names.compactMap { Int32($0) }.filter(isLocalSocket))
    }

    // MARK: - Internal

    private static func isLocalSocket(_ descriptor: Int32) -> Bool {
        var (domain, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX
    }
}
