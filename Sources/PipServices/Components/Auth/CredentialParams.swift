/// Credentials for another system: user and password, or an id and a key (the toolkit's `CredentialParams`).
///
/// The description shows names but no values.
public struct CredentialParams: Sendable, Hashable {
    /// All parameters by name. May contain secrets.
    public var config: ConfigParams

    /// Creates credentials from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Creates credentials from alternating names and values (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self.init(ConfigParams(tuples: tuples)) }

    /// Returns the credentials in a component's configuration: the sections `credentials.<n>`, or `credential` if there
    /// are none. Empty if neither exists.
    public static func manyFromConfig(_ config: ConfigParams) -> [CredentialParams] {
        PluralSection.read(config, plural: "credentials", singular: "credential").map { CredentialParams($0) }
    }

    /// Returns the first result of ``manyFromConfig(_:)``, or nil.
    public static func fromConfig(_ config: ConfigParams) -> CredentialParams? { manyFromConfig(config).first }

    /// True if the credentials are stored in a ``CredentialStore`` (the toolkit's `useCredentialStore`).
    public var usesStore: Bool { storeKey != nil }

    /// The key in a credential store: `store_key`. Here and below, an empty string counts as missing.
    public var storeKey: String? {
        get { config.text("store_key") }
        set { config["store_key"] = newValue }
    }

    /// The user name: `username`, or else `user`.
    public var username: String? {
        get { config.text("username", "user") }
        set { config["username"] = newValue }
    }

    /// The password: `password`, or else `pass`.
    public var password: String? {
        get { config.text("password", "pass") }
        set { config["password"] = newValue }
    }

    /// The id of an application: `access_id`, or else `client_id`.
    public var accessId: String? {
        get { config.text("access_id", "client_id") }
        set { config["access_id"] = newValue }
    }

    /// The key of an application: `access_key`, or else `client_key`, or else `secret_key`.
    public var accessKey: String? {
        get { config.text("access_key", "client_key", "secret_key") }
        set { config["access_key"] = newValue }
    }

    /// The string under a name without its own property, such as `ssl_key_file`, or nil.
    public subscript(name: String) -> String? {
        get { config[name] }
        set { config[name] = newValue }
    }
}

extension CredentialParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The names of the parameters, with the store key as the only value.
    public var description: String { SecretText.masked(config) { $0 == "store_key" } }
    /// The same as ``description``.
    public var debugDescription: String { "CredentialParams(\(description))" }
    /// The same as ``description``, so that a dump shows no secrets.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}

extension CredentialParams: ExpressibleByDictionaryLiteral {
    /// Creates credentials from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, String?)...) {
        self.init(ConfigParams(StringValueMap(elements)))
    }
}

// MARK: - Internal

extension ConfigParams {
    /// Returns the first string under one of the names that is not empty.
    func text(_ names: String...) -> String? {
        for name in names {
            if let text = self[name], !text.isEmpty { return text }
        }
        return nil
    }
}
