/// An IP address of 4 or 16 bytes. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) equals the IPv4 address.
struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Parses an address, with or without an IPv6 zone.
    init?(_ text: some StringProtocol) {
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            guard let bytes = Self.version4(text) else { return nil }
            self.bytes = bytes
            return
        }
        let address = String(text).parts(separatedBy: "%", maxSplits: 1)[0]
        var bytes: [UInt8]
        if let gap = address.utf8.firstRange(of: "::".utf8) {
            guard let head = Self.groups(address[..<gap.lowerBound]),
                let tail = Self.groups(address[gap.upperBound...]), head.count + tail.count <= 14
            else { return nil }
            bytes = head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
        } else {
            guard let all = Self.groups(address), all.count == 16 else { return nil }
            bytes = all
        }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if bytes.starts(with: mapped) { bytes = Array(bytes.suffix(4)) }
        self.bytes = bytes
    }

    /// The key for counting a client: for IPv6 its 64-bit network, in which a client can choose addresses freely.
    var clientGroup: String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".") + "/64"
    }

    // MARK: - Internal

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = String(text).parts(separatedBy: ".")
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } && part.utf8.count <= 3 ? UInt8(part) : nil
        }
        return bytes.count == 4 ? bytes : nil
    }

    /// Parses IPv6 groups; the last may be an IPv4 address. Nil for anything else.
    private static func groups(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = String(text).parts(separatedBy: ":")
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let last = version4(part) {
                bytes += last
                continue
            }
            guard part.utf8.count <= 4, part.utf8.first != UInt8(ascii: "+"), let group = UInt16(part, radix: 16) else {
                return nil
            }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes
    }
}
