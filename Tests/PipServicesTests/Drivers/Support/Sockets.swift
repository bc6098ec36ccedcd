import Glibc

/// Sockets on loopback, for tests. None is handed on to a process that a test starts: there it would stay open.
enum Sockets {
    struct Failure: Error {
        let text: String
    }

    /// A socket that listens on loopback, by default on a free port.
    /// - Parameter host: the last number of the address.
    static func listen(host: UInt32 = 1, port: Int = 0) throws -> (socket: Int32, port: Int) {
        let listener = create()
        var (address, size) = (loopback(port, host: host), socklen_t(MemoryLayout<sockaddr_in>.size))
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && Glibc.listen(listener, 128) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard code else {
            close(listener)
            throw Failure(text: "can't listen: \(String(cString: strerror(errno)))")
        }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let (socket, port) = try listen()
        close(socket)
        return port
    }

    /// A connection that somebody else has made to a listener; nil when there is none.
    static func accept(_ listener: Int32) -> Int32? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        prepare(client)
        return client
    }

    /// A socket that is connected to a port of loopback.
    static func connect(to port: Int) throws -> Int32 {
        let client = create()
        var address = loopback(port)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // A port that nobody listens on can be the one that the client itself was given: it is then connected to itself.
        var (own, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        _ = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(client, $0, &size) }
        }
        guard code == 0, own.sin_port != address.sin_port else {
            close(client)
            throw Failure(text: "can't connect: \(String(cString: strerror(errno)))")
        }
        prepare(client)
        return client
    }

    /// True when somebody listens on a port of loopback.
    static func accepts(_ port: Int) -> Bool {
        guard let client = try? connect(to: port) else { return false }
        close(client)
        return true
    }

    /// The port that a socket is connected to; nil for one that is not, and for what is no socket.
    static func peer(of socket: Int32) -> Int? {
        var (address, size) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &size) }
        }
        return code == 0 && Int32(address.sin_family) == AF_INET ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    /// Ends a connection so that the other side is told of a reset.
    static func reset(_ socket: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(socket)
    }

    // MARK: - Internal

    private static func create() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    /// What is small goes out at once, and nothing is handed on.
    private static func prepare(_ socket: Int32) {
        var yes: Int32 = 1
        setsockopt(socket, SOL_TCP, TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    private static func loopback(_ port: Int, host: UInt32 = 1) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = (0x7F00_0000 + host).bigEndian
        return address
    }
}
