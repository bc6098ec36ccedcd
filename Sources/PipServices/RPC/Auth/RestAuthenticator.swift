/// Identifies the user who sends a request. An endpoint uses the service's authenticators, at
/// `*:authenticator:*:*:1.0`, for every request with the header field `Authorization`.
public protocol RestAuthenticator: Sendable {
    /// The supported `Authorization` scheme, such as `Bearer`.
    var scheme: String { get }

    /// Returns the user of the credentials that follow the scheme; nil leaves the request to the next authenticator of
    /// that scheme.
    ///
    /// - Throws: Unauthorized for wrong credentials; the caller receives this error.
    func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser?
}

// MARK: - Internal

/// The reason for refusing credentials. As the cause of an error, it is logged but not sent to the caller.
struct CredentialRefusal: Error, CustomStringConvertible {
    /// Contains neither the credentials nor secrets.
    let description: String

    init(_ description: String) { self.description = description }
}

/// An authenticator that can explain why it left credentials to others.
protocol RefusalExplaining {
    /// The reason; nil if it is not known.
    func refusal(of credentials: String) -> String?
}

enum RestAuthentication {
    /// The scheme of the request's credentials in lower case; nil if it has none.
    static func scheme(of request: RestRequest) -> String? {
        request.headers["authorization"].map { $0.trimmed.prefix(upTo: " ").asciiLowercased }
    }

    /// Returns the user of a request; nil if it has no credentials.
    /// - Throws: Unauthorized `BAD_CREDENTIALS` if no authenticator accepts the credentials; errors of authenticators.
    static func user(
        _ context: Context, _ request: RestRequest, _ authenticators: [any RestAuthenticator]
    ) async throws -> RestUser? {
        guard let text = request.headers["authorization"] else { return nil }
        let parts = text.trimmed.parts(separatedBy: " ", maxSplits: 1)
        let credentials = parts.count > 1 ? String(parts[1]).trimmed : ""
        let fitting = authenticators.filter { parts.first?.isSame(ignoringCase: $0.scheme) == true }
        for authenticator in fitting {
            if let user = try await authenticator.authenticate(context, credentials) { return user }
        }
        // An unknown scheme is not quoted: it could be credentials without a scheme.
        guard !fitting.isEmpty else {
            let schemes = authenticators.map(\.scheme).joined(separator: ", ")
            throw wrong(context, "the scheme of 'Authorization' is not one of: \(schemes)")
        }
        let reasons = fitting.compactMap { ($0 as? any RefusalExplaining)?.refusal(of: credentials) }
        throw wrong(context, reasons.isEmpty ? "no authenticator knows them" : reasons.joined(separator: "; "))
    }

    /// The same error for a wrong name and a wrong password, so that callers can't tell which is wrong.
    /// - Parameter reason: what is wrong, for the log.
    static func wrong(_ context: Context, _ reason: String) -> ApplicationError {
        .unauthorized(
            code: "BAD_CREDENTIALS", "The request's credentials are wrong", traceId: context.traceId,
            cause: CredentialRefusal(reason))
    }

    /// Compares strings in constant time.
    static func isEqual(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        var difference = first.count ^ second.count
        for index in first.indices {
            difference |= Int(first[index] ^ (second.isEmpty ? 0 : second[index % second.count]))
        }
        return difference == 0
    }
}
