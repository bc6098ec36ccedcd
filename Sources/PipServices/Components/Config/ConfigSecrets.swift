/// The variables of a template that were read from files, and that no message may show.
struct ConfigSecrets: Sendable, Equatable {
    var values: AnyValueMap = [:]

    /// A message with a mask in the place of each secret. A secret of less than four bytes may also be part of a word, and
    /// is masked only where it is quoted whole.
    func conceal(_ message: String) -> String {
        var message = message
        let secrets = values.compactMap { if case .string(let secret) = $0.1, !secret.isEmpty { secret } else { nil } }
        // The longest first: one may be part of another.
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            message =
                secret.utf8.count < 4
                ? message.replacing(text: "'\(secret)'", with: "'\(SecretText.mask)'")
                : message.replacing(text: secret, with: SecretText.mask)
        }
        return message
    }

    /// The error without secrets in its message, its cause and its details.
    func conceal(_ error: ApplicationError) -> ApplicationError {
        guard !values.isEmpty else { return error }
        var error = error
        error.message = conceal(error.message)
        error.cause = error.cause.map(conceal)
        for (name, value) in error.details {
            if case .string(let text) = value { error.details[name] = .string(conceal(text)) }
        }
        return error
    }
}
