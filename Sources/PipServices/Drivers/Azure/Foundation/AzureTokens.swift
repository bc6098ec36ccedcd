#if PIP_AZURE
import FoundationEssentials

/// A token of Microsoft Entra.
struct AzureToken: ExpiringCredentials {
    let text: String
    let expiration: Date?

    static var title: String { "The token of Microsoft Entra" }

    static func == (left: AzureToken, right: AzureToken) -> Bool {
        left.text.isSame(as: right.text) && left.expiration == right.expiration
    }
}

/// The tokens of one identity for one resource. A token is shared by all callers and renewed before it expires.
typealias AzureTokens = CredentialCache<AzureToken>

/// Requests tokens from Microsoft Entra or from the machine's identity service.
struct AzureTokenSource: Sendable {
    let identity: AzureIdentity
    /// The resource of the tokens, such as `https://vault.azure.net`.
    let resource: String
    var transport = HTTPTransport()
    let policy: RetryPolicy
    let clock: any ClockSource
    let random: any RandomSource
    /// Returns the connector for an address.
    let connector: @Sendable (String) -> any HTTPConnector

    /// Returns the tokens, which are requested on use.
    func tokens(logger: any Logger) -> AzureTokens {
        AzureTokens(clock: clock, logger: logger) { try await load($0) }
    }

    // MARK: - Internal

    /// The timeout of one request.
    private static let timeout = Duration.seconds(10)
    private static let maxSize = 1 << 18
    /// The maximum back-off.
    private static let longestPause = Duration.seconds(10)

    /// Requests a token until one is issued or further attempts are pointless.
    /// - Throws: NoResponse `ACCESS_DENIED` if Microsoft Entra rejects the request, or another code of ``HTTPFailure``.
    func load(_ context: Context) async throws -> AzureToken {
        var attempt = 0
        while true {
            let request = try makeRequest()
            let error: ApplicationError
            var pause = Duration.zero
            switch try await send(context, request) {
            case .success(let response) where response.status == 200:
                return try token(context, request, response)
            case .success(let response):
                let failure = AzureFailure(response, now: clock.now)
                error = failure.error(context, "Microsoft Entra", "a request for a token")
                // The machine's identity service starts shortly after the machine; until then it responds with 404 or
                // 410.
                let isEarly = isManaged && [404, 410].contains(response.status)
                guard failure.isThrottling || failure.isTransient || isEarly else { throw error }
                pause = failure.retryAfter ?? .zero
            case .failure(let lost):
                error = lost
                guard HTTPFailure.isTransient(lost) else { throw error }
            }
            guard attempt < policy.retries, pause <= Self.longestPause else { throw error }
            try await clock.sleep(for: max(pause, policy.pause(before: attempt, random)))
            attempt += 1
        }
    }

    private func send(
        _ context: Context, _ request: HTTPClientRequest
    ) async throws -> Result<HTTPClientResponse, ApplicationError> {
        do {
            return .success(try await connector(request.url).send(context, request))
        } catch let error as ApplicationError {
            return .failure(error)
        }
    }

    private var isManaged: Bool { if case .managed = identity { true } else { false } }

    private func makeRequest() throws(ApplicationError) -> HTTPClientRequest {
        switch identity {
        case .secret(let application, let secret):
            return form(application, [("client_secret", secret)])
        case .certificate(let application, let certificate):
            let assertion = try certificate.assertion(
                clientId: application.clientId, audience: application.tokenURL, now: clock.now, random: random)
            return form(
                application,
                [
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    ("client_assertion", assertion),
                ])
        case .managed(let clientId, let environment):
            var fields = [(name: "resource", value: resource)]
            if let clientId { fields.append(("client_id", clientId)) }
            let (url, version, header): (String, String, (name: String, value: String))
            if let endpoint = environment["IDENTITY_ENDPOINT"], let secret = environment["IDENTITY_HEADER"] {
                // Functions, App Service and Container Apps.
                (url, version, header) = (endpoint, "2019-08-01", ("X-IDENTITY-HEADER", secret))
            } else {
                let host = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254"
                (url, version, header) = ("\(host)/metadata/identity/oauth2/token", "2018-02-01", ("Metadata", "true"))
            }
            fields.append(("api-version", version))
            return HTTPClientRequest(
                .get, "\(url)?\(AzureText.form(fields))", headers: [header], connectTimeout: .seconds(2),
                timeout: Self.timeout, maxResponseSize: Self.maxSize)
        }
    }

    private func form(_ application: AzureApplication, _ proof: [(name: String, value: String)]) -> HTTPClientRequest {
        let fields =
            [
                (name: "client_id", value: application.clientId), ("scope", "\(resource)/.default"),
                ("grant_type", "client_credentials"),
            ] + proof
        return HTTPClientRequest(
            .post, application.tokenURL, headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: HTTPBody(Array(AzureText.form(fields).utf8)), connectTimeout: Self.timeout, timeout: Self.timeout,
            maxResponseSize: Self.maxSize, transport: transport)
    }

    private func token(
        _ context: Context, _ request: HTTPClientRequest, _ response: HTTPClientResponse
    ) throws(ApplicationError) -> AzureToken {
        let fields = (try? JSONParser.parse(response.body.bytes ?? []))?.map ?? [:]
        guard let text = fields["access_token"]?.string, !text.isEmpty,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw HTTPFailure.error(
                HTTPFailure.badResponse, "the response has no token that can be used", context, request)
        }
        // Microsoft Entra returns the remaining lifetime in seconds. A managed identity returns an absolute time; its
        // `expires_in` may be the whole lifetime of a token that was cached for hours.
        let life = fields["expires_in"]?.getAsNullableDouble().map { clock.now.addingTimeInterval($0) }
        let end = isManaged ? fields["expires_on"]?.getAsNullableDouble().map { Date(timeIntervalSince1970: $0) } : nil
        return AzureToken(text: text, expiration: end ?? life ?? clock.now.addingTimeInterval(600))
    }
}
#endif
