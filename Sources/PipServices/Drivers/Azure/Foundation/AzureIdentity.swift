#if PIP_AZURE
internal import Crypto
internal import CryptoExtras
import FoundationEssentials

/// The identity for which Microsoft Entra issues tokens, with its credential.
enum AzureIdentity: Sendable {
    /// An application with a client secret.
    case secret(AzureApplication, secret: String)
    /// An application with a certificate.
    case certificate(AzureApplication, AzureCertificate)
    /// The managed identity of the machine, the container or the function.
    /// - Parameter clientId: the user-assigned identity; nil for the system-assigned one.
    case managed(clientId: String?, AzureEnvironment)

    /// Returns the configured identity, otherwise that of the environment; nil if there is none.
    /// - Throws: Misconfiguration `NO_TENANT_ID`, `NO_CLIENT_ID`, `BAD_TENANT_ID`, `BAD_URI`, `BAD_CERTIFICATE` or
    ///   `BAD_KEY_FILE`; FileError `READ_FAILED`.
    static func find(
        _ context: Context, _ params: AzureConnectionParams, _ environment: AzureEnvironment
    ) throws(ApplicationError) -> AzureIdentity? {
        if let text = params.config.text("managed_identity"), BooleanConverter.parse(text) == true {
            return .managed(clientId: params.clientId ?? environment["AZURE_CLIENT_ID"], environment)
        }
        let configured = params.clientSecret ?? params.config.text("ssl_crt_file")
        if configured == nil, params.tenantId != nil || params.clientId != nil,
            environment["AZURE_CLIENT_SECRET"] == nil, environment["AZURE_CLIENT_CERTIFICATE_PATH"] == nil
        {
            throw .config(
                code: "NO_CLIENT_SECRET", key: "credential.client_secret",
                "'credential.client_secret' is missing; expected the secret of the application, "
                    + "'credential.ssl_crt_file', or 'credential.managed_identity' that is true",
                traceId: context.traceId)
        }
        let secret = params.clientSecret ?? (configured == nil ? environment["AZURE_CLIENT_SECRET"] : nil)
        let file =
            params.config.text("ssl_crt_file")
            ?? (configured == nil ? environment["AZURE_CLIENT_CERTIFICATE_PATH"] : nil)
        guard secret != nil || file != nil else { return nil }
        let application = try AzureApplication(context, params, environment)
        if let secret { return .secret(application, secret: secret) }
        guard let file else { return nil }
        let keyFile = params.config.text("ssl_key_file") ?? file
        return .certificate(application, try AzureCertificate(context, certificate: file, key: keyFile))
    }
}

/// An application registered in Microsoft Entra.
struct AzureApplication: Sendable {
    let tenantId: String
    let clientId: String
    /// The address of the authority that issues tokens.
    let authority: String

    init(
        _ context: Context, _ params: AzureConnectionParams, _ environment: AzureEnvironment
    ) throws(ApplicationError) {
        guard let tenant = params.tenantId ?? environment["AZURE_TENANT_ID"] else {
            throw Self.missing("NO_TENANT_ID", "credential.tenant_id", "the tenant of Microsoft Entra", context)
        }
        guard let client = params.clientId ?? environment["AZURE_CLIENT_ID"] else {
            throw Self.missing("NO_CLIENT_ID", "credential.client_id", "the id of an application", context)
        }
        let isTenant = tenant.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        guard isTenant else {
            throw .config(
                code: "BAD_TENANT_ID", key: "credential.tenant_id",
                "'credential.tenant_id' is '\(tenant.shortened)'; expected the id or the domain of a tenant",
                traceId: context.traceId)
        }
        (tenantId, clientId) = (tenant, client)
        if let authority = params.config.text("authority") {
            self.authority = try AzureService.address(context, authority, key: "credential.authority")
        } else if let host = environment["AZURE_AUTHORITY_HOST"] {
            let text = host.contains(text: "://") ? host : "https://\(host)"
            authority = try AzureService.address(context, text, key: "AZURE_AUTHORITY_HOST")
        } else {
            authority = "https://login.microsoftonline.com"
        }
    }

    /// The URL for requesting tokens.
    var tokenURL: String { "\(authority)/\(tenantId)/oauth2/v2.0/token" }

    private static func missing(
        _ code: String, _ key: String, _ what: String, _ context: Context
    ) -> ApplicationError {
        .config(code: code, key: key, "'\(key)' is missing; expected \(what)", traceId: context.traceId)
    }
}

/// The certificate of an application, with its private key.
struct AzureCertificate: Sendable {
    private let key: _RSA.Signing.PrivateKey
    /// The SHA-256 of the certificate, in Base64url.
    private let thumbprint: String

    /// - Throws: Misconfiguration `BAD_CERTIFICATE` or `BAD_KEY_FILE`; FileError `READ_FAILED`.
    init(_ context: Context, certificate path: String, key keyPath: String) throws(ApplicationError) {
        let pem = try CredentialFiles.checkCertificates(path, key: "credential.ssl_crt_file")
        guard let der = Self.block(String(decoding: pem, as: UTF8.self), { $0.ends(with: "CERTIFICATE") })?.der else {
            throw .config(
                code: "BAD_CERTIFICATE", key: "credential.ssl_crt_file",
                "'credential.ssl_crt_file' is '\(path)'; expected a file with a certificate in PEM",
                traceId: context.traceId)
        }
        thumbprint = AzureText.base64URL(Crypto.SHA256.hash(data: der))
        let text = String(
            decoding: try CredentialFiles.bytes(of: keyPath, key: "credential.ssl_key_file"), as: UTF8.self)
        guard let block = Self.block(text, { $0.ends(with: "PRIVATE KEY") }),
            let key = try? _RSA.Signing.PrivateKey(pemRepresentation: block.text)
        else {
            throw .config(
                code: "BAD_KEY_FILE", key: "credential.ssl_key_file",
                "'credential.ssl_key_file' is '\(keyPath)'; expected a file with a private RSA key in PEM that is not "
                    + "encrypted, of at least 2048 bits", traceId: context.traceId)
        }
        self.key = key
    }

    /// Returns a signed JWT that authenticates the application when it requests a token.
    /// - Throws: Internal `CANNOT_SIGN`.
    func assertion(
        clientId: String, audience: String, now: Date, random: any RandomSource
    ) throws(ApplicationError) -> String {
        let start = ISODate.milliseconds(now) / 1000
        let header: AnyValue = ["alg": "PS256", "typ": "JWT", "x5t#S256": .string(thumbprint)]
        let claims: AnyValue = [
            "aud": .string(audience), "iss": .string(clientId), "sub": .string(clientId),
            "jti": .string(IdGenerator.nextLong(random)), "nbf": .integer(start - 60), "exp": .integer(start + 600),
        ]
        let text = [header, claims].map { AzureText.base64URL(JSONWriter.bytes(of: $0)) }.joined(separator: ".")
        guard let signature = try? key.signature(for: Array(text.utf8), padding: .PSS) else {
            throw .internal(code: "CANNOT_SIGN", "The key of the application's certificate signs nothing")
        }
        return "\(text).\(AzureText.base64URL(signature.rawRepresentation))"
    }

    // MARK: - Internal

    /// Returns the first PEM block with a matching label.
    private static func block(_ text: String, _ fits: (String) -> Bool) -> (text: String, der: Data)? {
        var found: (label: String, lines: [String])?
        for line in text.parts(separatedBy: "\n").map({ String($0).trimmed }) {
            if let rest = line.dropping(prefix: "-----BEGIN "), rest.ends(with: "-----") {
                let label = String(rest.utf8.dropLast(5)) ?? ""
                found = fits(label) ? (label, []) : nil
            } else if line.begins(with: "-----END "), let block = found {
                guard let der = Data(base64Encoded: block.lines.joined()) else { return nil }
                let lines = ["-----BEGIN \(block.label)-----"] + block.lines + ["-----END \(block.label)-----"]
                return (lines.joined(separator: "\n") + "\n", der)
            } else {
                found?.lines.append(line)
            }
        }
        return nil
    }
}

/// The environment variables.
struct AzureEnvironment: Sendable {
    private let variables: AnyValueMap

    init(_ variables: AnyValueMap) { self.variables = variables }

    /// The environment of the process.
    static var process: AzureEnvironment { AzureEnvironment(ProcessEnvironment.variables) }

    /// The value of a variable; nil if it is missing or empty.
    subscript(name: String) -> String? { variables[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
#endif
