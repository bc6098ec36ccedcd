/// Finds out who sends a request. An endpoint asks those of the service, at `*:authenticator:*:*:1.0`, for every
/// request that has the header field `Authorization`.
public protocol RestAuthenticator: Sendable {
    /// The scheme of `Authorization` that it understands, such as `Bearer`.
    var scheme: String { get }

    /// The user that the credentials behind the scheme stand for; nil leaves the request to the next authenticator of
    /// that scheme.
    ///
    /// - Throws: Unauthorized when the credentials are wrong, which is what the caller is answered.
    func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser?
}

// MARK: - Internal

/// Why credentials are refused: the cause of an error, so the log has it, and callers do not.
struct CredentialRefusal: Error, CustomStringConvertible {
    /// Contains neither the credentials nor secrets.
    let description: String

    init(_ description: String) { self.description = description }
}

/// An authenticator that tells why it has left credentials to others.
protocol RefusalExplaining {
    /// The reason; nil if it is not known.
    func refusal(of credentials: String) -> String?
}

enum RestAuthentication {
    /// The scheme of a request's credentials in lower case; nil when it brings none.
    static func scheme(of request: RestRequest) -> String? {
        request.headers["authorization"].map { $0.trimmed.prefix(upTo: " ").asciiLowercased }
    }

    /// The user of a request; nil when it brings no credentials.
    /// - Throws: Unauthorized `BAD_CREDENTIALS` when nobody understands what it brings; what authenticators throw.
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
        // A scheme that nobody understands is not named: credentials without a scheme would be taken for it.
        guard !fitting.isEmpty else {
            let schemes = authenticators.map(\.scheme).joined(separator: ", ")
            throw wrong(context, "the scheme of 'Authorization' is not one of: \(schemes)")
        }
        let reasons = fitting.compactMap { ($0 as? any RefusalExplaining)?.refusal(of: credentials) }
        throw wrong(context, reasons.isEmpty ? "no authenticator knows them" : reasons.joined(separator: "; "))
    }

    /// The same for all that is wrong with a name or a password, so that it can't be guessed which.
    /// - Parameter reason: what is wrong, for the log.
    static func wrong(_ context: Context, _ reason: String) -> ApplicationError {
        .unauthorized(
            code: "BAD_CREDENTIALS", "The request's credentials are wrong", traceId: context.traceId,
            cause: CredentialRefusal(reason))
    }

    /// Compares in a time that does not depend on where two texts differ.
    static func isEqual(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        var difference = first.count ^ second.count
        for index in first.indices {
            difference |= Int(first[index] ^ (second.isEmpty ? 0 : second[index % second.count]))
        }
        return difference == 0
    }
}
