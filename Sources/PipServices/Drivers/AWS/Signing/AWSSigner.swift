#if PIP_AWS
internal import Crypto
public import FoundationEssentials

/// Signs requests to AWS with Signature Version 4, in header fields or in the URL.
///
/// ```swift
/// let signer = AWSSigner(service: "s3", region: "eu-west-1")
/// let url = try signer.presign(.get, "https://bucket.s3.eu-west-1.amazonaws.com/a.txt", credentials, at: clock.now)
/// ```
/// The derived key of the day is cached. Safe to use from any task.
public struct AWSSigner: Sendable {
    /// Whether the signature covers the body.
    public enum Payload: Sendable, Hashable {
        /// Signed. The body must be in memory.
        case signed
        /// Unsigned, for streamed bodies over TLS.
        case unsigned
    }

    /// The name of the service in signatures, such as `sqs`.
    public let service: String
    /// The region, such as `us-east-1`.
    public let region: String
    private let keys = AWSSigningKeys()

    /// Creates a signer for one service in one region.
    public init(service: String, region: String) {
        self.service = service
        self.region = region
    }

    /// Returns the request with the header fields of its signature: `Authorization`, `X-Amz-Date` and others if needed.
    ///
    /// All other header fields are signed, except a few that proxies change.
    /// - Throws: BadRequest `BAD_URL` for a URL without a protocol and a host; `STREAMED_BODY` for a signed payload
    ///   that is not in memory.
    public func sign(
        _ request: HTTPClientRequest, _ credentials: AWSCredentials, at time: Date, payload: Payload = .signed
    ) throws(ApplicationError) -> HTTPClientRequest {
        let url = try AWSCanonicalURL(request.url, isS3: isS3)
        let hash = try Self.hash(of: request.body, payload)
        let stamp = AWSTimestamp(time)
        var signed = request
        signed.headers.removeAll { Self.isOfSignature($0.name) }
        signed.headers.append(("X-Amz-Date", stamp.text))
        if isS3 || payload == .unsigned { signed.headers.append(("X-Amz-Content-Sha256", hash)) }
        if let token = credentials.sessionToken { signed.headers.append(("X-Amz-Security-Token", token)) }
        let fields = AWSCanonicalHeaders(signed.headers, host: url.host)
        let canonical =
            "\(request.method.rawValue)\n\(url.path)\n\(url.query)\n\(fields.text)\n\(fields.names)\n\(hash)"
        let signature = signature(of: canonical, credentials, stamp)
        signed.headers.append(
            (
                "Authorization",
                "\(Self.algorithm) Credential=\(credentials.accessId)/\(scope(stamp)), SignedHeaders=\(fields.names), "
                    + "Signature=\(signature)"
            ))
        return signed
    }

    /// Returns a presigned URL. It authorizes the request without credentials until it expires.
    ///
    /// - Parameters:
    ///   - expires: the validity period in whole seconds, at most seven days.
    ///   - headers: header fields that the request must have.
    /// - Throws: BadRequest `BAD_URL`; `BAD_EXPIRATION` for an invalid period.
    public func presign(
        _ method: HTTPMethod, _ url: String, _ credentials: AWSCredentials, at time: Date,
        expires: Duration = .seconds(900), headers: HeaderFields = []
    ) throws(ApplicationError) -> String {
        let seconds = expires.components.seconds
        guard (1...604_800).contains(seconds) else {
            throw .badRequest(
                code: "BAD_EXPIRATION", "A presigned URL is to be valid for \(seconds) s; expected 1 to 604800")
        }
        let stamp = AWSTimestamp(time)
        let fields = AWSCanonicalHeaders(headers, host: try AWSCanonicalURL(url, isS3: isS3).host)
        var parameters = [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessId)/\(scope(stamp))"),
            ("X-Amz-Date", stamp.text), ("X-Amz-Expires", "\(seconds)"), ("X-Amz-SignedHeaders", fields.names),
        ]
        if let token = credentials.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
        let text = parameters.map { "\($0)=\(AWSText.encoded($1))" }.joined(separator: "&")
        let whole = String(url.prefix(upTo: "#")) + (url.contains(scalar: "?") ? "&" : "?") + text
        let parts = try AWSCanonicalURL(whole, isS3: isS3)
        let hash = isS3 ? Self.unsignedPayload : Self.emptyHash
        let canonical = "\(method.rawValue)\n\(parts.path)\n\(parts.query)\n\(fields.text)\n\(fields.names)\n\(hash)"
        return whole + "&X-Amz-Signature=\(signature(of: canonical, credentials, stamp))"
    }

    // MARK: - Internal

    private static let algorithm = "AWS4-HMAC-SHA256"
    private static let unsignedPayload = "UNSIGNED-PAYLOAD"
    private static let emptyHash = AWSText.hash([])

    private var isS3: Bool { service == "s3" }

    private func scope(_ stamp: AWSTimestamp) -> String { "\(stamp.day)/\(region)/\(service)/aws4_request" }

    private func signature(of canonical: String, _ credentials: AWSCredentials, _ stamp: AWSTimestamp) -> String {
        let text = "\(Self.algorithm)\n\(stamp.text)\n\(scope(stamp))\n\(AWSText.hash(Array(canonical.utf8)))"
        let key = keys.key(credentials, day: stamp.day, region: region, service: service)
        return AWSText.hex(HMAC<Crypto.SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private static func hash(of body: HTTPBody, _ payload: Payload) throws(ApplicationError) -> String {
        guard payload == .signed else { return unsignedPayload }
        guard let bytes = body.bytes else {
            throw .badRequest(
                code: "STREAMED_BODY", "A signature that covers the body needs its bytes; expected an unsigned payload")
        }
        return bytes.isEmpty ? emptyHash : AWSText.hash(bytes)
    }

    /// True for a header field of an earlier signature.
    private static func isOfSignature(_ name: String) -> Bool {
        ["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]
            .contains { name.isSame(ignoringCase: $0) }
    }
}

/// The keys derived from a secret for one day.
private final class AWSSigningKeys: Sendable {
    private struct Key: Sendable {
        let secret: ScalarText
        let day: String
        let value: SymmetricKey
    }

    private let last = Locked<Key?>(nil)

    func key(_ credentials: AWSCredentials, day: String, region: String, service: String) -> SymmetricKey {
        last.withLock { last in
            if let last, last.day == day, last.secret == ScalarText(credentials.accessKey) { return last.value }
            var key = SymmetricKey(data: Array("AWS4\(credentials.accessKey)".utf8))
            for part in [day, region, service, "aws4_request"] {
                key = SymmetricKey(data: HMAC<Crypto.SHA256>.authenticationCode(for: Array(part.utf8), using: key))
            }
            last = Key(secret: ScalarText(credentials.accessKey), day: day, value: key)
            return key
        }
    }
}
#endif
