#if PIP_AZURE
/// A connection string in the format of the Azure portal: `AccountName=orders;AccountKey=...;EndpointSuffix=...`.
///
/// Names are case-insensitive. The description shows only names.
public struct AzureConnectionString: Sendable {
    private let parts: [(name: String, value: String)]

    /// Parses a connection string.
    /// - Parameter key: the setting that contains it, for error messages.
    /// - Throws: Misconfiguration `BAD_CONNECTION_STRING`. The message shows no values.
    public init(
        parsing text: String, key: String = "credential.connection_string", context: Context = .empty
    ) throws(ApplicationError) {
        func bad(_ reason: String) -> ApplicationError {
            .config(
                code: "BAD_CONNECTION_STRING", key: key,
                "'\(key)' is (not shown): \(reason); expected Name=Value;Name=Value, as the portal of Azure shows it",
                traceId: context.traceId)
        }
        var parts: [(name: String, value: String)] = []
        for (index, part) in text.trimmed.parts(separatedBy: ";").enumerated() {
            let part = String(part).trimmed
            guard !part.isEmpty else { continue }
            guard let (name, value) = part.divided(atFirst: "=") else { throw bad("part \(index + 1) has no '='") }
            let (shown, content) = (String(name).trimmed, String(value).trimmed)
            guard !shown.isEmpty, shown.utf8.allSatisfy({ Self.isLetter($0) }) else {
                throw bad("part \(index + 1) has no name")
            }
            guard !parts.contains(where: { $0.name.isSame(ignoringCase: shown) }) else {
                throw bad("'\(shown.shortened)' stands there twice")
            }
            guard Self.names.contains(where: { $0.isSame(ignoringCase: shown) }) else {
                // A name that resembles no known one may be a part of a secret.
                let nearest = NearestName.find(shown, among: Self.names)
                throw bad(
                    nearest.map { "'\(shown.shortened)' is unknown; did you mean '\($0)'?" }
                        ?? "part \(index + 1) has an unknown name")
            }
            parts.append((shown, content))
        }
        guard !parts.isEmpty else { throw bad("it is empty") }
        self.parts = parts
    }

    /// The value of a part; nil if it is missing or empty.
    public subscript(name: String) -> String? {
        parts.first { $0.name.isSame(ignoringCase: name) }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    // MARK: - Internal

    private static let names = [
        "DefaultEndpointsProtocol", "AccountName", "AccountKey", "EndpointSuffix", "SharedAccessSignature",
        "QueueEndpoint", "TableEndpoint", "BlobEndpoint", "FileEndpoint", "QueueSecondaryEndpoint",
        "TableSecondaryEndpoint", "BlobSecondaryEndpoint", "FileSecondaryEndpoint", "UseDevelopmentStorage",
        "DevelopmentStorageProxyUri", "Endpoint", "SharedAccessKeyName", "SharedAccessKey", "EntityPath",
        "InstrumentationKey", "IngestionEndpoint", "LiveEndpoint", "ProfilerEndpoint", "SnapshotEndpoint",
        "ApplicationId", "AADAudience", "Location", "TransportType", "UseDevelopmentEmulator", "Authorization",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

    /// The parts as parameters of a connection, under the toolkit's names.
    var config: ConfigParams {
        var config = ConfigParams()
        for (name, key) in Self.keys { if let value = self[name] { config[key] = value } }
        guard self["UseDevelopmentStorage"].flatMap(BooleanConverter.parse) == true else { return config }
        let (account, host) = ("devstoreaccount1", "http://127.0.0.1")
        config["access_id"] = account
        config["access_key"] = Self.developmentKey
        config["queue_uri"] = "\(host):10001/\(account)"
        config["table_uri"] = "\(host):10002/\(account)"
        return config
    }

    private static let keys = [
        ("DefaultEndpointsProtocol", "protocol"), ("AccountName", "access_id"), ("AccountKey", "access_key"),
        ("EndpointSuffix", "suffix"), ("SharedAccessSignature", "sas_token"), ("QueueEndpoint", "queue_uri"),
        ("TableEndpoint", "table_uri"), ("Endpoint", "uri"), ("SharedAccessKeyName", "access_id"),
        ("SharedAccessKey", "access_key"), ("EntityPath", "queue"), ("InstrumentationKey", "instrumentation_key"),
        ("IngestionEndpoint", "ingestion_uri"),
    ]

    /// The well-known key of the emulator.
    private static let developmentKey =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
}

extension AzureConnectionString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The names of the parts.
    public var description: String { parts.map { "\($0.name)=\(SecretText.mask)" }.joined(separator: ";") }
    /// As ``description``.
    public var debugDescription: String { "AzureConnectionString(\(description))" }
    /// As ``description``: a dump shows no secrets either.
    public var customMirror: Mirror { Mirror(self, children: ["parts": description]) }
}
#endif
