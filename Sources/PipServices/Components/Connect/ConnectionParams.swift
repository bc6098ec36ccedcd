/// Where another system is, or where this one listens (the toolkit's `ConnectionParams`).
///
/// Its description leaves out what may be secret: user and password in a URI, and values of names that tell of secrets.
public struct ConnectionParams: Sendable, Hashable {
    /// All that is there, by name. May hold secrets.
    public var config: ConfigParams

    /// Creates a connection from parameters by name.
    public init(_ config: ConfigParams = [:]) { self.config = config }

    /// Parses `key1=value1;key2=value2` (the toolkit's `fromString`), by the rules of ``StringValueMap``.
    public init(parsing line: String) { self.init(ConfigParams(parsing: line)) }

    /// Takes alternating names and values (the toolkit's `fromTuples`).
    public init(tuples: [AnyValue]) { self.init(ConfigParams(tuples: tuples)) }

    /// The connections of a component's configuration: the sections `connections.<n>`, and where there are none of these
    /// `connection`. Empty when there is neither.
    public static func manyFromConfig(_ config: ConfigParams) -> [ConnectionParams] {
        PluralSection.read(config, plural: "connections", singular: "connection").map { ConnectionParams($0) }
    }

    /// The first of the connections that ``manyFromConfig(_:)`` gives; nil when there are none.
    public static func fromConfig(_ config: ConfigParams) -> ConnectionParams? { manyFromConfig(config).first }

    /// True when the connection is kept by a ``Discovery`` service (the toolkit's `useDiscovery`).
    public var usesDiscovery: Bool { discoveryKey != nil }

    /// The key in a discovery service: `discovery_key`. An empty one counts as none, here and below.
    public var discoveryKey: String? {
        get { config.text("discovery_key") }
        set { config["discovery_key"] = newValue }
    }

    /// The protocol, such as `http`: `protocol`.
    public var `protocol`: String? {
        get { config.text("protocol") }
        set { config["protocol"] = newValue }
    }

    /// The host's name or address: `host`, else `ip`.
    public var host: String? {
        get { config.text("host", "ip") }
        set { config["host"] = newValue }
    }

    /// The port: `port`. Nil when it is not given, or is no number.
    public var port: Int? {
        get { config.text("port") == nil ? nil : config.getAsNullableInteger("port") }
        set { config["port"] = newValue.map { String($0) } }
    }

    /// All of it in one text: `uri`. May hold a user's name and password.
    public var uri: String? {
        get { config.text("uri") }
        set { config["uri"] = newValue }
    }

    /// The text under a name that the toolkit has no property for, such as `database`; nil when there is none.
    public subscript(name: String) -> String? {
        get { config[name] }
        set { config[name] = newValue }
    }
}

extension ConnectionParams: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is there, without secrets.
    public var description: String { SecretText.masked(config) { !SecretText.isSecret($0) } }
    /// As ``description``.
    public var debugDescription: String { "ConnectionParams(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["config": description]) }
}

extension ConnectionParams: ExpressibleByDictionaryLiteral {
    /// Writes a connection as a literal; of equal names the last one wins.
    public init(dictionaryLiteral elements: (String, String?)...) {
        self.init(ConfigParams(StringValueMap(elements)))
    }
}
