/// How a component proves who it is: the section `credential`, as settings that are checked.
///
/// A child component: `let credential = Child(prefix: "credential") { CredentialSettings() }`. It holds what the file
/// says; ``CredentialResolver`` looks the rest up under `store_key`.
public final class CredentialSettings: Component {
    /// The key in a credential store.
    public let storeKey = Setting<String?>("store_key", default: nil, "The key in a credential store")
    /// The user's name; `user` is read too.
    public let username = Setting<String?>("username", aliases: ["user"], default: nil, "The user's name")
    /// The user's password; `pass` is read too.
    public let password = Setting<String?>(
        "password", aliases: ["pass"], default: nil, secret: true, "The user's password")
    /// The id of the application; `client_id` is read too.
    public let accessId = Setting<String?>(
        "access_id", aliases: ["client_id"], default: nil, "The id of the application")
    /// The key of the application; `client_key` and `secret_key` are read too.
    public let accessKey = Setting<String?>(
        "access_key", aliases: ["client_key", "secret_key"], default: nil, secret: true, "The key of the application")

    /// Creates the settings. None of them has a default.
    public init() {}

    /// The settings as parameters.
    public var params: CredentialParams {
        var params = CredentialParams()
        let values = [
            ("store_key", storeKey()), ("username", username()), ("password", password()), ("access_id", accessId()),
            ("access_key", accessKey()),
        ]
        for case (let name, let value?) in values { params[name] = value }
        return params
    }
}
