import Glibc

/// The baseline of the Lambda rows of `make bench`: a function that answers each event with null, on one socket.
enum LambdaLoop {
    /// Runs until the runtime is gone.
    /// - Parameter port: that of the runtime, on the loopback address.
    static func run(port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { return }
        let next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        while let event = exchange(descriptor, next) {
            guard let start = event.range(of: "Lambda-Runtime-Aws-Request-Id: "),
                let end = event[start...].firstIndex(of: "\r\n")
            else { return }
            let answer =
                "POST /2018-06-01/runtime/invocation/\(event[start..<end])/response HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nnull"
            guard exchange(descriptor, answer) != nil else { return }
        }
    }

    // MARK: - Internal

    /// Sends a request; returns the header of its response once its body is there, too.
    private static func exchange(_ descriptor: Int32, _ request: String) -> String? {
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        var (received, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 16_384))
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let header = String(text[..<end])
            guard let start = header.range(of: "Content-Length: ") else { return header }
            let length = Int(header[start...].prefix { $0.isNumber }) ?? 0
            if text[end...].utf8.count >= length { return header }
        }
    }
}

extension String {
    /// Where a text ends that it contains.
    fileprivate func range(of text: String) -> Index? {
        firstRange(of: text)?.upperBound
    }
}
