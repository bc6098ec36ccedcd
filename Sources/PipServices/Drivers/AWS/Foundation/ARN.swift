#if PIP_AWS
/// An Amazon Resource Name: `arn:<partition>:<service>:<region>:<account>:<resource>`.
///
/// The resource may have a type, separated by a colon or a slash: `function:echo`, `table/orders`. Region and account
/// are empty for resources without them.
public struct ARN: Sendable, Hashable {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    public var partition: String
    /// The service, such as `lambda`.
    public var service: String
    /// The region, such as `us-east-1`; empty if there is none.
    public var region: String
    /// The account id; empty if there is none.
    public var account: String
    /// The type of the resource, such as `function`; nil if it has none.
    public var resourceType: String?
    /// The name of the resource with its qualifiers.
    public var resource: String
    private var separator: Unicode.Scalar = ":"

    /// Creates a name from its parts.
    public init(
        partition: String = "aws", service: String, region: String = "", account: String = "",
        resourceType: String? = nil, resource: String
    ) {
        self.partition = partition
        self.service = service
        self.region = region
        self.account = account
        self.resourceType = resourceType
        self.resource = resource
    }

    /// Parses an ARN; nil if it is malformed.
    public init?(parsing text: String) {
        let parts = text.parts(separatedBy: ":", maxSplits: 5).map { String($0) }
        guard parts.count == 6, parts[0].isSame(as: "arn"), !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        self.init(partition: parts[1], service: parts[2], region: parts[3], account: parts[4], resource: parts[5])
        let rest = parts[5].unicodeScalars
        guard let index = rest.firstIndex(where: { $0 == ":" || $0 == "/" }) else { return }
        separator = rest[index]
        resourceType = String(rest[..<index])
        resource = String(rest[rest.index(after: index)...])
        guard resourceType?.isEmpty == false, !resource.isEmpty else { return nil }
    }

    /// True if all parts have the same code points.
    public static func == (left: ARN, right: ARN) -> Bool { left.description.isSame(as: right.description) }

    /// Hashes the code points.
    public func hash(into hasher: inout Hasher) { hasher.combine(ScalarText(description)) }
}

extension ARN: CustomStringConvertible {
    /// The string form, which ``init(parsing:)`` parses.
    public var description: String {
        let name = resourceType.map { "\($0)\(separator)\(resource)" } ?? resource
        return "arn:\(partition):\(service):\(region):\(account):\(name)"
    }
}
#endif
