import FoundationEssentials

/// Authenticates users by HTTP Basic with the service's credential stores: the user name is the key in a store, and the
/// password must match that of the credential.
///
/// Stores also hold credentials for other systems, which are not logins. A credential is a login if one of these
/// applies:
/// - by its key: `key_prefix` is set, and the key starts with it;
/// - by its store: `dependencies.credential-store` names the store;
/// - by its content: the credential has `roles`, or `login: true`.
///
/// The newest store that has a login for the name decides. The credential's parameter `roles` lists the user's roles,
/// separated by commas; `id` is the user's id if it differs from the name. Use TLS: Basic sends passwords in clear
/// text. Created by `pip-services:authenticator:basic:*:1.0`.
public final class BasicAuthenticator: RestAuthenticator, Component {
    private let prefix = Setting("key_prefix", default: "", "The prefix of the user's name in the keys of logins")
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")

    /// Creates an authenticator.
    public init() {}

    /// `Basic`.
    public var scheme: String { "Basic" }

    /// Returns the user of Base64-encoded credentials.
    /// - Throws: Unauthorized `BAD_CREDENTIALS`; what stores throw.
    public func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
        guard let data = Data(base64Encoded: credentials), let text = String(validating: data, as: UTF8.self),
            let parts = text.divided(atFirst: ":")
        else { throw RestAuthentication.wrong(context, "they are not a name and a password in Base64") }
        let (name, password) = (String(parts.before), String(parts.after))
        guard !name.isEmpty else { throw RestAuthentication.wrong(context, "the name is empty") }
        let isDesignated = !prefix().isEmpty || stores.isRedirected
        for store in stores().reversed() {
            guard let credential = try await store.lookup(context, prefix() + name), let expected = credential.password,
                isDesignated || Self.isLogin(credential)
            else { continue }
            guard RestAuthentication.isEqual(password, expected) else {
                throw RestAuthentication.wrong(context, "the password is wrong")
            }
            return RestUser(
                id: credential.config.text("id") ?? name, roles: Self.roles(of: credential),
                claims: ["name": .string(name)])
        }
        throw RestAuthentication.wrong(context, "no credential store has a login of that name")
    }

    // MARK: - Internal

    /// The roles of a credential, as a string or a list.
    private static func roles(of credential: CredentialParams) -> [String] {
        let elements = credential.config.section("roles").compactMap(\.value)
        return ([credential["roles"] ?? ""] + elements).flatMap { $0.parts(separatedBy: ",") }.map(\.trimmed)
            .filter { !$0.isEmpty }
    }

    private static func isLogin(_ credential: CredentialParams) -> Bool {
        !roles(of: credential).isEmpty
            || credential.config.text("login").flatMap { BooleanConverter.parse($0.trimmed) } == true
    }
}
