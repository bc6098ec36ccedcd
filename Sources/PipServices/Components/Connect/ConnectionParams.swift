/// The address of another system, or the address that this one listens on (the toolkit's `ConnectionParams`).
///
/// The description hides possible secrets: user and password in a URI, and values with names of secrets.
public struct ConnectionParams: Sendable, Hashable {
    /// All parameters by name. May contain secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Creates a connection from alternating names and values (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self.init(ConfigParams(tuples: tuples)) }

    /// Returns the connections in a component's configuration: the sections `connections.<n>`, or `connection` if there
    /// are none. Empty if neither exists.
    public static func manyFromConfig(_ config: ConfigParams) -> [ConnectionParams] {
        PluralSection.read(config, plural: "connections", singular: "connection").map { ConnectionParams($0) }
    }

    /// Returns the first result of ``manyFromConfig(_:)``, or nil.
    public static func fromConfig(_ config: ConfigParams) -> ConnectionParams? { manyFromConfig(config).first }

    /// True if the connection is stored in a ``Discovery`` service (the toolkit's `useDiscovery`).
    public var usesDiscovery: Bool { discoveryKey != nil }

    /// The key in a discovery service: `discovery_key`. Here and below, an empty string counts as missing.
    public var discoveryKey: String? {
        get { config.text("discovery_key") }
        set { config["discovery_key"] = newValue }
    }

    /// The protocol, such as `http`: `protocol`.
    public var `protocol`: String? {
        get { config.text("protocol") }
        set { config["protocol"] = newValue }
    }

    /// The host name or address: `host`, or else `ip`.
    public var host: String? {
        get { config.text("host", "ip") }
        set { config["host"] = newValue }
    }

    /// The port: `port`. Nil if it is missing or not a number.
    public var port: Int? {
        get { config.text("port") == nil ? nil : config.getAsNullableInteger("port") }
        set { config["port"] = newValue.map { String($0) } }
    }

    /// The whole connection as a URI: `uri`. May contain a user name and password.
    public var uri: String? {
        get { config.text("uri") }
        set { config["uri"] = newValue }
    }

    /// The string under a name without its own property, such as `database`, or nil.
    public subscript(name: String) -> String? {
        get { config[name] }
        set { config[name] = newValue }
    }
}

extension ConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The parameters without secrets.
    public var description: String { SecretText.masked(config) { !SecretText.isSecret($0) } }
    /// The same as ``description``.
    public var debugDescription: String { "ConnectionParams(\(description))" }
    /// The same as ``description``, so that a dump shows no secrets.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}

extension ConnectionParams: ExpressibleByDictionaryLiteral {
    /// Creates a connection from a literal. If a name repeats, the last value wins.
    public init(dictionaryLiteral elements: (String, String?)...) {
        self.init(ConfigParams(StringValueMap(elements)))
    }
}
