#if PIP_AWS || PIP_AZURE
/// Caches the credentials of a remote ``CredentialStore``. A child component of the store.
final class CredentialMemory: Component {
    private struct Entry: Sendable {
        let credential: CredentialParams
        let end: Duration
    }

    private let timeout = Setting(
        "options.cache_timeout", default: Duration.seconds(60), in: Duration.zero...,
        "How long credentials are cached, in ms; 0 for no caching")
    private let clock = ClockSlot()
    private let entries = Locked<[ScalarText: Entry]>([:])
    /// The cache is bounded, in case keys depend on external input.
    private static let maxCount = 1000

    init() {}

    /// Returns the cached credentials of a key; nil if there are none or they have expired.
    subscript(key: String) -> CredentialParams? {
        let now = clock.uptime
        return entries.withLock { $0[ScalarText(key)].flatMap { $0.end > now ? $0.credential : nil } }
    }

    func keep(_ key: String, _ credential: CredentialParams) {
        guard timeout() > .zero else { return }
        let now = clock.uptime
        let entry = Entry(credential: credential, end: now.adding(timeout: timeout()))
        entries.withLock { entries in
            if entries.count >= Self.maxCount { entries = entries.filter { $0.value.end > now } }
            if entries.count < Self.maxCount { entries[ScalarText(key)] = entry }
        }
    }

    func remove(_ key: String) { entries.withLock { _ = $0.removeValue(forKey: ScalarText(key)) } }

    func clear() { entries.withLock { $0 = [:] } }
}

extension CredentialParams {
    /// Parses the text of a secret: a JSON object, `key1=value1;key2=value2`, or a password.
    init(secretText text: String) {
        if let fields = (try? JSONParser.parse(text))?.map {
            self.init(ConfigParams(.map(fields)))
            return
        }
        let params = CredentialParams(parsing: text)
        let isParams = text.contains(scalar: "=") && params.config.allSatisfy { $0.value != nil }
        self = isParams ? params : ["password": text]
    }

    /// Returns the JSON of credentials for a secret.
    var secretText: String {
        JSONConverter.toJSON(.map(AnyValueMap(config.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })))
    }
}
#endif
