import Glibc

/// An answer to `call`.
struct Answer {
    let status: Int
    let body: String
}

/// A port of the loopback address that nobody uses at the moment.
func freePort() throws -> UInt16 {
    let descriptor = try openSocket()
    defer { close(descriptor) }
    var address = loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
        }
    }
    guard code == 0 else { throw BenchmarkError("no free port: \(String(cString: strerror(errno)))") }
    return UInt16(bigEndian: address.sin_port)
}

/// One HTTP request over a connection of its own; nil when there was no complete answer.
func call(_ port: UInt16, _ method: String, _ path: String, body: String = "") throws -> Answer? {
    let descriptor = try openSocket()
    defer { close(descriptor) }
    // A server that is not ready yet can take a connection and leave it.
    var timeout = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))

    guard connect(descriptor, to: port) else { return nil }

    var request = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
    if method == "POST" {
        request += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
    }
    request += "\r\n\(body)"
    var unsent = Array(request.utf8)[...]
    while !unsent.isEmpty {
        let count = unsent.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return nil }
        unsent.removeFirst(count)
    }

    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { return nil }
        guard count > 0 else { break }
        received += chunk[..<count]
    }
    return answer(in: String(decoding: received, as: UTF8.self))
}

private func answer(in text: String) -> Answer? {
    // "HTTP/1.1 200 OK", header lines, an empty line, the body.
    guard let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap({ Int($0) }),
        let end = text.firstRange(of: "\r\n\r\n")
    else { return nil }
    return Answer(status: status, body: String(text[end.upperBound...]))
}

func openSocket() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw BenchmarkError("no socket: \(String(cString: strerror(errno)))") }
    return descriptor
}

/// Connects a socket to a port of this machine.
func connect(_ descriptor: Int32, to port: UInt16) -> Bool {
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// Lets this process and those that it starts open as many sockets as the system allows.
func raiseDescriptorLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
}

/// Has glibc keep memory that is freed for the next allocation. It learns this from a large block that is freed; without
/// one, the time for values of 100 KB depends on chance, in Swift and in C.
func retainFreedMemory() {
    guard let block = malloc(4 << 20) else { return }
    // Counts as use: the optimiser removes a block that is never used.
    explicit_bzero(block, 1)
    free(block)
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}
