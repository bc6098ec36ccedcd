#if PIP_HTTP || PIP_ACTIVEMQ || PIP_GRPC
import FoundationEssentials
internal import NIOCore

/// NIO creates descriptors without `SOCK_CLOEXEC` and `EPOLL_CLOEXEC`, so the flag is set right afterwards. A child
/// process that inherits a listening socket would hold the port.
extension CloseOnExec {
    /// Sets the flag of the socket of a channel. Call it on the event loop of the channel.
    static func set(_ channel: any Channel) {
        _ = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in
            set(socket)
        }
    }

    /// Sets the flag of all epoll descriptors, which are useless in other processes. NIO does not expose its own.
    static func setEpolls() {
        let (files, folder) = (FileManager.default, "/proc/self/fd")
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let descriptor = Int32(name),
                let kind = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"),
                kind == "anon_inode:[eventpoll]"
            else { continue }
            set(descriptor)
        }
    }
}
#endif
