#if PIP_AWS
public import FoundationEssentials

/// The keys for signing requests to AWS. Its description does not show them.
public struct AWSCredentials: Sendable, Hashable {
    /// The id of the access key.
    public var accessId: String
    /// The secret of the access key.
    public var accessKey: String
    /// The session token of temporary keys; nil for permanent ones.
    public var sessionToken: String?
    /// When the keys expire; nil for permanent ones.
    public var expiration: Date?

    /// Creates credentials.
    public init(accessId: String, accessKey: String, sessionToken: String? = nil, expiration: Date? = nil) {
        self.accessId = accessId
        self.accessKey = accessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    /// True if all parts have the same code points.
    public static func == (left: AWSCredentials, right: AWSCredentials) -> Bool {
        left.accessId.isSame(as: right.accessId) && left.accessKey.isSame(as: right.accessKey)
            && left.sessionToken.isSame(as: right.sessionToken) && left.expiration == right.expiration
    }

    /// Hashes the id of the access key.
    public func hash(into hasher: inout Hasher) { hasher.combine(ScalarText(accessId)) }
}

extension AWSCredentials: ExpiringCredentials {
    static var title: String { "AWS credentials" }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// States whether the keys are temporary, without showing them.
    public var description: String {
        "AWSCredentials(\(expiration.map { "until \(ISODate.format($0))" } ?? "permanent"))"
    }
    /// As ``description``.
    public var debugDescription: String { description }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
#endif
