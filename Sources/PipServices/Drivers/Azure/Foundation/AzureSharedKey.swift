#if PIP_AZURE
internal import Crypto
public import FoundationEssentials

/// Signs requests to the Azure storage services with an account key (Shared Key), and creates account shared access
/// signatures.
///
/// Its description shows only the account. Safe to use from any task.
public struct AzureSharedKey: Sendable {
    /// The format of the signed string.
    public enum Format: Sendable, Hashable {
        /// Blobs, queues and files.
        case storage
        /// Tables.
        case table
    }

    /// The name of the account.
    public let accountName: String
    private let key: SymmetricKey

    /// Creates a signer.
    /// - Parameter accountKey: the key in Base64.
    /// - Throws: Misconfiguration `BAD_ACCESS_KEY` for a key that is not Base64. The message does not show it.
    public init(accountName: String, accountKey: String, context: Context = .empty) throws(ApplicationError) {
        guard let data = Data(base64Encoded: accountKey.trimmed), !data.isEmpty else {
            throw .config(
                code: "BAD_ACCESS_KEY", key: "credential.access_key",
                "'credential.access_key' is (not shown); expected the key of the storage account in Base64",
                traceId: context.traceId)
        }
        self.accountName = accountName
        key = SymmetricKey(data: data)
    }

    /// Returns the request with `x-ms-date` and `Authorization`.
    /// - Throws: BadRequest `BAD_URL` for a URL without a protocol and a host.
    public func sign(
        _ request: HTTPClientRequest, at time: Date, format: Format = .storage
    ) throws(ApplicationError) -> HTTPClientRequest {
        let target = try AzureTarget(request.url)
        var signed = request
        signed.headers.removeAll { Self.isOfSignature($0.name) }
        signed.headers.append(("x-ms-date", AzureText.httpDate(time)))
        let text: String
        switch format {
        case .storage: text = Self.storageText(signed, target, accountName)
        case .table: text = Self.tableText(signed, target, accountName)
        }
        let signature = AzureText.base64(AzureText.mac(text, key))
        signed.headers.append(("Authorization", "SharedKey \(accountName):\(signature)"))
        return signed
    }

    /// Returns an account shared access signature: the query of a URL, without the question mark. It grants its
    /// permissions without the account key until it expires.
    ///
    /// - Parameters:
    ///   - services: the services by their letters: `b`, `q`, `t`, `f`.
    ///   - resourceTypes: `s` for the service, `c` for queues and tables, `o` for messages and entities.
    ///   - permissions: the permissions by their letters, such as `raup`.
    public func sharedAccessSignature(
        services: String, resourceTypes: String, permissions: String, starts: Date? = nil, expires: Date,
        protocols: String = "https"
    ) -> String {
        let (start, end) = (starts.map(AzureText.seconds) ?? "", AzureText.seconds(expires))
        let text =
            [
                accountName, permissions, services, resourceTypes, start, end, "", protocols,
                AzureService.storageVersion,
                "",
            ].joined(separator: "\n") + "\n"
        var fields = [
            ("sv", AzureService.storageVersion), ("ss", services), ("srt", resourceTypes), ("sp", permissions),
            ("se", end), ("spr", protocols),
        ]
        if !start.isEmpty { fields.append(("st", start)) }
        fields.append(("sig", AzureText.base64(AzureText.mac(text, key))))
        return AzureText.form(fields.map { (name: $0.0, value: $0.1) })
    }

    // MARK: - Internal

    private static func isOfSignature(_ name: String) -> Bool {
        ["authorization", "x-ms-date", "date"].contains { name.isSame(ignoringCase: $0) }
    }

    private static func storageText(
        _ request: HTTPClientRequest, _ target: AzureTarget, _ account: String
    ) -> String {
        func field(_ name: String) -> String { request[header: name]?.trimmed ?? "" }
        let length = request.body.bytes?.count ?? 0
        var text = "\(request.method.rawValue)\n\(field("Content-Encoding"))\n\(field("Content-Language"))\n"
        text += length > 0 ? "\(length)\n" : "\n"
        // The date is in x-ms-date.
        text += "\(field("Content-MD5"))\n\(field("Content-Type"))\n\n"
        for name in ["If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"] {
            text += field(name) + "\n"
        }
        let own = request.headers.map { (name: $0.name.asciiLowercased, value: $0.value.trimmed) }
            .filter { $0.name.begins(with: "x-ms-") }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (name, value) in own { text += "\(name):\(value)\n" }
        text += "/\(account)\(target.path)"
        for (name, value) in target.canonicalQuery { text += "\n\(name):\(value)" }
        return text
    }

    private static func tableText(_ request: HTTPClientRequest, _ target: AzureTarget, _ account: String) -> String {
        func field(_ name: String) -> String { request[header: name]?.trimmed ?? "" }
        let component = target.canonicalQuery.first { $0.name == "comp" }.map { "?comp=\($0.value)" } ?? ""
        return "\(request.method.rawValue)\n\(field("Content-MD5"))\n\(field("Content-Type"))\n\(field("x-ms-date"))\n"
            + "/\(account)\(target.path)\(component)"
    }
}

extension AzureSharedKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The account.
    public var description: String { "AzureSharedKey(\(accountName))" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["accountName": accountName]) }
}

/// A shared access signature for Service Bus and Event Hubs.
public enum AzureSharedAccessSignature {
    /// Returns the value of `Authorization`, and of the token in claims-based security:
    /// `SharedAccessSignature sr=...&sig=...`.
    ///
    /// - Parameters:
    ///   - uri: the resource for which it is valid, such as `sb://name.servicebus.windows.net/queue`.
    ///   - keyName: the name of the shared access policy.
    ///   - key: its key, as shown in the portal.
    ///   - expires: when the token expires, in whole seconds.
    public static func token(uri: String, keyName: String, key: String, expires: Date) -> String {
        let (resource, end) = (AzureText.encoded(uri), ISODate.milliseconds(expires) / 1000)
        let signature = AzureText.mac("\(resource)\n\(end)", SymmetricKey(data: Array(key.utf8)))
        return "SharedAccessSignature sr=\(resource)&sig=\(AzureText.encoded(AzureText.base64(signature)))"
            + "&se=\(end)&skn=\(AzureText.encoded(keyName))"
    }
}

// MARK: - Internal

/// The path and the query of a URL, as included in signatures.
struct AzureTarget: Sendable {
    /// The path as sent, percent-encoded.
    let path: String
    private let query: Substring

    /// - Throws: BadRequest `BAD_URL`.
    init(_ url: String) throws(ApplicationError) {
        guard let mark = url.utf8.firstRange(of: "://".utf8) else {
            throw .badRequest(
                code: "BAD_URL",
                "The URL \(HTTPFailure.place(of: url)) has no protocol; expected http://host:port/path")
        }
        let rest = url[mark.upperBound...]
        let target = rest[rest.prefix(upTo: "/", "?", "#").endIndex...].prefix(upTo: "#")
        let path = target.prefix(upTo: "?")
        self.path = path.isEmpty ? "/" : String(path)
        query = target[path.endIndex...].dropFirst()
    }

    /// The decoded names in lower case with their values, sorted by name; several values of a name are joined by
    /// commas.
    var canonicalQuery: [(name: String, value: String)] {
        var values: [ScalarText: [String]] = [:]
        for part in query.parts(separatedBy: "&", omittingEmpty: true) {
            let (name, value) = part.divided(atFirst: "=") ?? (part, "")
            values[ScalarText(PercentCoding.decode(name).asciiLowercased), default: []].append(
                PercentCoding.decode(value))
        }
        return values.sorted { $0.key < $1.key }.map { name, values in
            (name.text, values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ","))
        }
    }
}
#endif
