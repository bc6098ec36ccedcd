import FoundationEssentials

/// Signs users in by HTTP Basic, against the credential stores of the service: the user's name is the key in a store,
/// and the password must be the credential's.
///
/// The parameter `roles` of a credential lists the user's roles, separated by commas; `id` is the user's id where it is
/// not the name. Serve it by TLS: Basic sends passwords as they are.
/// Created by `pip-services:authenticator:basic:*:1.0`.
public final class BasicAuthenticator: RestAuthenticator, Component {
    private let prefix = Setting("key_prefix", default: "", "What stands before the user's name in a store's keys")
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")

    /// Creates an authenticator.
    public init() {}

    /// `Basic`.
    public var scheme: String { "Basic" }

    /// The user of a name and a password, as Base64.
    /// - Throws: Unauthorized `BAD_CREDENTIALS`; what stores throw.
    public func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
        guard let data = Data(base64Encoded: credentials), let text = String(validating: data, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { throw RestAuthentication.wrong(context) }
        let name = String(text[..<colon])
        let password = String(text[text.index(after: colon)...])
        // Dots and empty names would reach into other sections of a store.
        guard !name.isEmpty, !name.contains(".") else { throw RestAuthentication.wrong(context) }
        for store in stores() {
            guard let credential = try await store.lookup(context, prefix() + name), let expected = credential.password
            else { continue }
            guard RestAuthentication.isEqual(password, expected) else { break }
            let roles = (credential["roles"] ?? "").split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
            return RestUser(id: credential.config.text("id") ?? name, roles: roles, claims: ["name": .string(name)])
        }
        throw RestAuthentication.wrong(context)
    }
}
