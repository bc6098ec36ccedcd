/// A range of IP addresses in CIDR notation, such as `10.0.0.0/8`, or a single address.
struct AddressRange: SettingValue, Hashable {
    static let expectation = "addresses or ranges such as 10.0.0.0/8"

    let settingText: String
    private let start: [UInt8]
    private let bits: Int

    init?(settingText: String) {
        let text = settingText.trimmed
        let parts = text.parts(separatedBy: "/", maxSplits: 1)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        var bits = address.bytes.count * 8
        if parts.count > 1 {
            guard var number = Int(parts[1]) else { return nil }
            // An IPv4-mapped IPv6 range.
            if bits == 32, first.utf8.contains(UInt8(ascii: ":")) { number -= 96 }
            guard (0...bits).contains(number) else { return nil }
            bits = number
        }
        self.settingText = text
        self.bits = bits
        start = address.bytes
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == start.count else { return false }
        return (0..<start.count).allSatisfy { index in
            let rest = bits - index * 8
            guard rest > 0 else { return true }
            let mask: UInt8 = rest >= 8 ? 0xFF : ~(0xFF >> rest)
            return address.bytes[index] & mask == start[index] & mask
        }
    }
}
