internal import CLinux

/// Checks the health of a service on this machine, for the health checks of container engines. An image contains no
/// other program for it.
struct ProcessProbe: Sendable, Hashable {
    let port: UInt16
    let path: String

    /// Parses `8080` or `8080/health/ready`; nil for anything else.
    init?(_ text: String) {
        let parts = text.divided(atFirst: "/")
        guard let port = UInt16(parts?.before ?? text[...]), port > 0 else { return nil }
        self.port = port
        path = parts.map { "/\($0.after)" } ?? "/health/ready"
        guard path.utf8.count < 512, path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    }

    /// True if the service responds with status 200 within two seconds.
    var isWell: Bool { pip_http_status(port, path, 2) == 200 }
}
