#if PIP_AWS
import FoundationEssentials

/// Finds credentials in the same places as AWS's own clients: in the configuration, the environment, the shared files,
/// the credentials service of a container, the metadata service of an instance.
struct AWSCredentialChain: Sendable {
    /// The component's section `credential`.
    let configured: CredentialParams?
    let environment: AWSEnvironment
    /// Returns the connector for an address.
    let connector: @Sendable (String) -> any HTTPConnector
    let clock: any ClockSource

    /// Returns the credentials in a component's configuration; nil if it has no access key.
    /// - Throws: Misconfiguration `NO_ACCESS_ID` or `NO_ACCESS_KEY` if it has only one of id and key.
    static func configured(
        _ context: Context, _ credential: CredentialParams?
    ) throws(ApplicationError) -> AWSCredentials? {
        guard let credential else { return nil }
        switch (credential.accessId, credential.accessKey) {
        case (nil, nil): return nil
        case (let id?, let key?):
            return AWSCredentials(
                accessId: id, accessKey: key, sessionToken: credential.config.text("session_token"))
        case (nil, _):
            throw .config(
                code: "NO_ACCESS_ID", key: "credential.access_id",
                "'credential.access_id' is missing; expected the id of the access key", traceId: context.traceId)
        case (_, nil):
            throw .config(
                code: "NO_ACCESS_KEY", key: "credential.access_key",
                "'credential.access_key' is missing; expected the secret of the access key", traceId: context.traceId)
        }
    }

    /// Checks the credentials as far as possible without a request to a service.
    /// - Throws: the errors of ``load(_:)`` except NoResponse.
    func check(_ context: Context) throws(ApplicationError) {
        guard try local(context) == nil, try containerURL(context) == nil else { return }
        try checkWebIdentity(context)
        _ = try instanceAddress(context)
    }

    /// Returns the credentials of the first source that has any.
    /// - Throws: Misconfiguration `NO_ACCESS_ID`, `NO_ACCESS_KEY`, `NO_PROFILE`, `UNSUPPORTED_PROFILE`, `BAD_URI` or
    ///   `NO_CREDENTIALS`; NoResponse `CREDENTIALS_UNAVAILABLE` if the credentials service does not respond.
    func load(_ context: Context) async throws -> AWSCredentials {
        if let found = try local(context) { return found }
        if let found = try await fromContainer(context) { return found }
        try checkWebIdentity(context)
        return try await fromInstance(context)
    }

    // MARK: - Internal

    private static let attempts = 3
    private static let timeout = Duration.seconds(2)
    private static let connectTimeout = Duration.seconds(1)

    /// The credentials of the configuration, the environment or the shared files.
    private func local(_ context: Context) throws(ApplicationError) -> AWSCredentials? {
        if let found = try Self.configured(context, configured) { return found }
        if configured?.config.text("profile") == nil, let found = try fromEnvironment(context) { return found }
        return try fromProfile(context)
    }

    private func fromEnvironment(_ context: Context) throws(ApplicationError) -> AWSCredentials? {
        guard let id = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let key = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw .config(
                code: "NO_ACCESS_KEY", key: "AWS_SECRET_ACCESS_KEY",
                "The variable AWS_SECRET_ACCESS_KEY is missing; AWS_ACCESS_KEY_ID is set; expected both or none",
                traceId: context.traceId)
        }
        return AWSCredentials(accessId: id, accessKey: key, sessionToken: environment["AWS_SESSION_TOKEN"])
    }

    private func fromProfile(_ context: Context) throws(ApplicationError) -> AWSCredentials? {
        let wanted = configured?.config.text("profile")
        let name = environment.profileName(wanted)
        guard let profile = try environment.profile(wanted) else {
            guard wanted != nil || environment["AWS_PROFILE"] != nil else { return nil }
            throw .config(
                code: "NO_PROFILE", key: "credential.profile",
                "The profile is '\(name.shortened)'; expected one of the shared configuration files of AWS",
                traceId: context.traceId)
        }
        // In a profile with a role, the keys serve only to assume it.
        if profile.text("role_arn") == nil, let id = profile.text("aws_access_key_id"),
            let key = profile.text("aws_secret_access_key")
        {
            return AWSCredentials(accessId: id, accessKey: key, sessionToken: profile.text("aws_session_token"))
        }
        for key in ["role_arn", "credential_process", "sso_session", "sso_start_url", "web_identity_token_file"]
        where profile.text(key) != nil {
            throw .config(
                code: "UNSUPPORTED_PROFILE", key: "credential.profile",
                "The profile '\(name.shortened)' has '\(key)', which is not supported; expected aws_access_key_id and "
                    + "aws_secret_access_key", traceId: context.traceId)
        }
        return nil
    }

    /// A mounted web identity token means that another role than that of the instance is wanted.
    private func checkWebIdentity(_ context: Context) throws(ApplicationError) {
        guard environment["AWS_WEB_IDENTITY_TOKEN_FILE"] != nil, environment["AWS_ROLE_ARN"] != nil else { return }
        throw .config(
            code: "UNSUPPORTED_PROFILE", key: "AWS_WEB_IDENTITY_TOKEN_FILE",
            "The variable AWS_WEB_IDENTITY_TOKEN_FILE names a token for a role, which is not supported; expected "
                + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the credentials service of a container",
            traceId: context.traceId)
    }

    /// The URL of the container's credentials service; nil if it has none.
    private func containerURL(_ context: Context) throws(ApplicationError) -> String? {
        let url: String
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + (path.begins(with: "/") ? path : "/\(path)")
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return nil
        }
        guard Self.isTrusted(url) else {
            throw .config(
                code: "BAD_URI", key: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is '\(HTTPFailure.place(of: url).shortened)'; expected https, or http "
                    + "to this machine, 169.254.170.2 or 169.254.170.23", traceId: context.traceId)
        }
        return url
    }

    private func fromContainer(_ context: Context) async throws -> AWSCredentials? {
        guard let url = try containerURL(context) else { return nil }
        var request = HTTPClientRequest(.get, url)
        if let token = try containerToken() { request.headers.append(("Authorization", token)) }
        return try credentials(try await fetch(context, request, "the container's credentials service"), context)
    }

    private func containerToken() throws(ApplicationError) -> String? {
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            do throws(ApplicationError) {
                return try ConfigText.load(path).trimmed
            } catch {
                throw error.about(key: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            }
        }
        return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    }

    /// An untrusted host would receive the token, and could return credentials of its own.
    private static func isTrusted(_ url: String) -> Bool {
        guard let endpoint = AWSEndpoint(custom: String(url.prefix(upTo: "?"))) else { return false }
        if endpoint.url.begins(with: "https://") { return true }
        let host = ConnectionURI(endpoint.url).servers.first?.host ?? ""
        return ["127.0.0.1", "localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
            .contains(sameAs: host)
    }

    /// The address of the instance's metadata service.
    private func instanceAddress(_ context: Context) throws(ApplicationError) -> String {
        guard environment["AWS_EC2_METADATA_DISABLED"].flatMap(BooleanConverter.parse) != true else {
            throw none(context)
        }
        let key = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
        guard let text = environment[key] else { return "http://169.254.169.254" }
        guard let endpoint = AWSEndpoint(custom: text) else {
            throw .config(
                code: "BAD_URI", key: key,
                "\(key) is '\(SecretText.masked(uri: text).shortened)'; expected http://host:port",
                traceId: context.traceId)
        }
        return endpoint.url
    }

    private func fromInstance(_ context: Context) async throws -> AWSCredentials {
        let base = try instanceAddress(context)
        let what = "the metadata service of the instance"
        let token: [UInt8]
        do {
            let request = HTTPClientRequest(
                .put, base + "/latest/api/token", headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")])
            token = try await fetch(context, request, what)
        } catch let error as ApplicationError where error.details["reason"]?.string == HTTPFailure.cannotConnect {
            // No response: the process does not run on an EC2 instance.
            throw none(context)
        } catch let error as ApplicationError where error.details["reason"]?.string == HTTPFailure.connectTimeout {
            throw none(context)
        }
        let headers: HeaderFields = [("X-aws-ec2-metadata-token", String(decoding: token, as: UTF8.self).trimmed)]
        let path = base + "/latest/meta-data/iam/security-credentials/"
        let roles = try await fetch(context, HTTPClientRequest(.get, path, headers: headers), what)
        guard let role = String(decoding: roles, as: UTF8.self).lines.first.map({ $0.trimmed }), !role.isEmpty else {
            throw none(context)
        }
        let request = HTTPClientRequest(.get, path + AWSText.encoded(role), headers: headers)
        return try credentials(try await fetch(context, request, what), context)
    }

    private func none(_ context: Context) -> ApplicationError {
        .config(
            code: "NO_CREDENTIALS", key: "credential.access_id",
            "There are no AWS credentials; expected 'credential.access_id' and 'credential.access_key', the variables "
                + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile in ~/.aws/credentials, or a role of the container "
                + "or the instance", traceId: context.traceId)
    }

    private func credentials(_ body: [UInt8], _ context: Context) throws(ApplicationError) -> AWSCredentials {
        let fields = (try? JSONParser.parse(body))?.map ?? [:]
        guard let id = fields["AccessKeyId"]?.string, let key = fields["SecretAccessKey"]?.string, !id.isEmpty,
            !key.isEmpty
        else {
            // The error text may contain a part of a secret.
            throw .connection(
                code: "CREDENTIALS_UNAVAILABLE",
                "The credentials service returned no access key (code \(fields["Code"]?.string?.shortened ?? "none"))",
                traceId: context.traceId)
        }
        return AWSCredentials(
            accessId: id, accessKey: key, sessionToken: fields["Token"]?.string ?? fields["SessionToken"]?.string,
            expiration: fields["Expiration"]?.string.flatMap(ISODate.parse))
    }

    /// Returns the body of a response with status 200; retries a few times.
    private func fetch(_ context: Context, _ request: HTTPClientRequest, _ what: String) async throws -> [UInt8] {
        var request = request
        request.timeout = Self.timeout
        request.connectTimeout = Self.connectTimeout
        request.maxResponseSize = 65_536
        var reason = ""
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try await clock.sleep(for: .milliseconds(200 << attempt)) }
            do {
                let response = try await connector(request.url).send(context, request)
                if response.status == 200 { return try await response.body.collect(upTo: 65_536) }
                reason = "HTTP_\(response.status)"
                // A retry would not change any other response.
                guard response.status >= 500 || response.status == 429 else { break }
            } catch let error as ApplicationError where HTTPFailure.isTransient(error) {
                reason = error.code
                if error.code == HTTPFailure.cannotConnect { break }
            }
        }
        throw ApplicationError.connection(
            code: "CREDENTIALS_UNAVAILABLE", "No credentials can be read from \(what): \(reason)",
            traceId: context.traceId, details: ["reason": .string(reason)])
    }
}
#endif
