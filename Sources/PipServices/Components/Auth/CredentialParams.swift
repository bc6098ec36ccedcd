/// What it takes to be let into another system: user and password, or an id and a key (the toolkit's
/// `CredentialParams`).
///
/// Its description shows the names of what is there and no values.
public struct CredentialParams: Sendable, Hashable {
    /// All that is there, by name. Holds secrets.
    public var config: ConfigParams

    /// Creates credentials from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Takes alternating names and values (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self.init(ConfigParams(tuples: tuples)) }

    /// The credentials of a component's configuration: the sections `credentials.<n>`, and where there are none of these
    /// `credential`. Empty when there is neither.
    public static func manyFromConfig(_ config: ConfigParams) -> [CredentialParams] {
        PluralSection.read(config, plural: "credentials", singular: "credential").map { CredentialParams($0) }
    }

    /// The first of the credentials that ``manyFromConfig(_:)`` gives; nil when there are none.
    public static func fromConfig(_ config: ConfigParams) -> CredentialParams? { manyFromConfig(config).first }

    /// True when the credentials are kept in a ``CredentialStore`` (the toolkit's `useCredentialStore`).
    public var usesStore: Bool { storeKey != nil }

    /// The key in a credential store: `store_key`. An empty one counts as none, here and below.
    public var storeKey: String? {
        get { config.text("store_key") }
        set { config["store_key"] = newValue }
    }

    /// The user's name: `username`, else `user`.
    public var username: String? {
        get { config.text("username", "user") }
        set { config["username"] = newValue }
    }

    /// The user's password: `password`, else `pass`.
    public var password: String? {
        get { config.text("password", "pass") }
        set { config["password"] = newValue }
    }

    /// The id of an application: `access_id`, else `client_id`.
    public var accessId: String? {
        get { config.text("access_id", "client_id") }
        set { config["access_id"] = newValue }
    }

    /// The key of an application: `access_key`, else `client_key`, else `secret_key`.
    public var accessKey: String? {
        get { config.text("access_key", "client_key", "secret_key") }
        set { config["access_key"] = newValue }
    }

    /// The text under a name that the toolkit has no property for, such as `ssl_key_file`; nil when there is none.
    public subscript(name: String) -> String? {
        get { config[name] }
        set { config[name] = newValue }
    }
}

extension CredentialParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The names of what is there; of the values only the key in a store.
    public var description: String { SecretText.masked(config) { $0 == "store_key" } }
    /// As ``description``.
    public var debugDescription: String { "CredentialParams(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}

extension CredentialParams: ExpressibleByDictionaryLiteral {
    /// Writes credentials as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, String?)...) {
        self.init(ConfigParams(StringValueMap(elements)))
    }
}

// MARK: - Internal

extension ConfigParams {
    /// The first text under one of the names that is not empty.
    func text(_ names: String...) -> String? {
        for name in names {
            if let text = self[name], !text.isEmpty { return text }
        }
        return nil
    }
}
