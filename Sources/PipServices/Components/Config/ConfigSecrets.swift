/// The template variables that are read from secret files. No message may show them.
struct ConfigSecrets: Sendable, Equatable {
    var values: AnyValueMap = [:]

    /// Masks all secrets in a message: whole, line by line, and truncated. A secret of less than four bytes may also be
    /// part of a word, so it is masked only where it is quoted.
    func conceal(_ message: String) -> String {
        var message = message
        let secrets = values.compactMap { if case .string(let secret) = $0.1, !secret.isEmpty { secret } else { nil } }
        // A parser may have joined the lines.
        let lines = secrets.flatMap { $0.lines.map(\.trimmed) }.filter { $0.utf8.count >= 8 }
        // Longest first, because one may be part of another.
        for secret in (secrets + lines).sorted(by: { $0.utf8.count > $1.utf8.count }) {
            message =
                secret.utf8.count < 4
                ? message.replacing(text: "'\(secret)'", with: "'\(SecretText.mask)'")
                : Self.concealCut(message.replacing(text: secret, with: SecretText.mask), secret)
        }
        return message
    }

    /// Masks the beginning of a secret that is followed by "…", see ``Swift/String/shortened``.
    private static func concealCut(_ message: String, _ secret: String) -> String {
        guard message.contains(scalar: "…") else { return message }
        let beginning = Array(secret.unicodeScalars.prefix(100))
        let parts = message.parts(separatedBy: "…")
        let masked = parts.dropLast().map { part -> String in
            for length in stride(from: beginning.count, through: 4, by: -1) {
                let start = beginning.prefix(length)
                guard part.unicodeScalars.reversed().starts(with: start.reversed()) else { continue }
                return String(part.unicodeScalars.dropLast(length)) + SecretText.mask
            }
            return String(part)
        }
        return (masked + parts.suffix(1).map { String($0) }).joined(separator: "…")
    }

    /// Returns the error with all secrets masked in its message, cause and details.
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
