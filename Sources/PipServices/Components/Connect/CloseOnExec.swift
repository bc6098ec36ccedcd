import FoundationEssentials
import Glibc

/// Keeps descriptors that libraries create without `FD_CLOEXEC` from the processes that a service starts.
enum CloseOnExec {
    /// Sets the flag of a descriptor.
    static func set(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }

    /// The local sockets of the process, to find the pair by which a library wakes its own thread.
    ///
    /// Not all descriptors: the list has the one that it is read by, whose number the next descriptor has.
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
