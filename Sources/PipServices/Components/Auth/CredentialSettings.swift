/// The section `credential` of a component, as validated settings.
///
/// Use it as a child component: `let credential = Child(prefix: "credential") { CredentialSettings() }`. It contains
/// only configured values; ``CredentialResolver`` also looks up `store_key`.
public final class CredentialSettings: Component {
    /// The key in a credential store.
    public let storeKey = Setting<String?>("store_key", default: nil, "The key in a credential store")
    /// The user name; alias `user`.
    public let username = Setting<String?>("username", aliases: ["user"], default: nil, "The user's name")
    /// The password; alias `pass`.
    public let password = Setting<String?>(
        "password", aliases: ["pass"], default: nil, secret: true, "The user's password")
    /// The id of the application; alias `client_id`.
    public let accessId = Setting<String?>(
        "access_id", aliases: ["client_id"], default: nil, "The id of the application")
    /// The key of the application; aliases `client_key` and `secret_key`.
    public let accessKey = Setting<String?>(
        "access_key", aliases: ["client_key", "secret_key"], default: nil, secret: true, "The key of the application")

    /// Creates the settings. They have no defaults.
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
