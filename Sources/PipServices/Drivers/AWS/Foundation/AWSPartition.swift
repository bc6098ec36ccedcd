#if PIP_AWS
/// A group of regions with separate names and accounts.
struct AWSPartition: Sendable, Hashable {
    /// Its name in ARNs.
    let name: String
    /// The suffix of its services' host names.
    let suffix: String

    /// The partition of a region. An unknown region belongs to `aws`.
    init(region: String) {
        let found = Self.known.first { region.begins(with: $0.prefix) }
        (name, suffix) = found.map { ($0.name, $0.suffix) } ?? ("aws", "amazonaws.com")
    }

    /// True if a string can be the region in a host name.
    static func isRegion(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            } && !text.begins(with: "-") && !text.ends(with: "-")
    }

    // MARK: - Internal

    private static let known: [(prefix: String, name: String, suffix: String)] = [
        ("cn-", "aws-cn", "amazonaws.com.cn"), ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("us-iso-", "aws-iso", "c2s.ic.gov"), ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"), ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ]
}
#endif
