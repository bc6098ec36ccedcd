/// The options of connection strings with their valid values. libmongoc would ignore unknown ones.
enum MongoDBOption {
    enum Kind: Sendable {
        case text
        case number
        case truth
    }

    static let all: [(name: String, kind: Kind)] = [
        ("appname", .text), ("authMechanism", .text), ("authMechanismProperties", .text), ("authSource", .text),
        ("compressors", .text), ("connectTimeoutMS", .number), ("directConnection", .truth),
        ("heartbeatFrequencyMS", .number), ("journal", .truth), ("loadBalanced", .truth), ("localThresholdMS", .number),
        ("maxPoolSize", .number), ("maxStalenessSeconds", .number), ("minPoolSize", .number),
        ("readConcernLevel", .text),
        ("readPreference", .text), ("readPreferenceTags", .text), ("replicaSet", .text), ("retryReads", .truth),
        ("retryWrites", .truth), ("safe", .truth), ("serverSelectionTimeoutMS", .number),
        ("serverSelectionTryOnce", .truth), ("socketCheckIntervalMS", .number), ("socketTimeoutMS", .number),
        ("srvServiceName", .text), ("srvMaxHosts", .number), ("ssl", .truth), ("tls", .truth),
        ("tlsAllowInvalidCertificates", .truth), ("tlsAllowInvalidHostnames", .truth), ("tlsCAFile", .text),
        ("tlsCertificateKeyFile", .text), ("tlsCertificateKeyFilePassword", .text),
        ("tlsDisableCertificateRevocationCheck", .truth), ("tlsDisableOCSPEndpointCheck", .truth),
        ("tlsInsecure", .truth),
        ("w", .text), ("waitQueueTimeoutMS", .number), ("wTimeoutMS", .number), ("zlibCompressionLevel", .number),
    ]

    /// Validates a connection string option and returns its canonical name.
    ///
    /// Errors do not show values of string options: they may be secret.
    /// - Parameter key: the key that configures it.
    /// - Throws: Misconfiguration `UNKNOWN_OPTION`, `BAD_OPTION`.
    static func check(
        _ name: String, _ value: String, key: String, _ context: Context
    ) throws(ApplicationError) -> String {
        guard let option = all.first(where: { $0.name.isSame(ignoringCase: name) }) else {
            let hint = NearestName.hint(for: name.shortened, among: all.map(\.name))
            throw .config(
                code: "UNKNOWN_OPTION", key: key,
                "'\(key.shortened)': MongoDB has no connection option '\(name.shortened)'"
                    + (hint.isEmpty ? "; expected one such as 'appname' or 'directConnection'" : hint),
                traceId: context.traceId
            ).withDetails("option", .string(name))
        }
        let expected: String? =
            switch option.kind {
            case .text: value.isEmpty ? "a value" : nil
            case .number: Int32(value).map { $0 < 0 } ?? true ? "a whole number" : nil
            case .truth: ["true", "false"].contains(sameAs: value) ? nil : "true or false"
            }
        if let expected {
            // In a value with '=', a separator is missing: the rest may be secret.
            let shown = value.contains(scalar: "=") ? "(not shown)" : "'\(value.shortened)'"
            throw .config(
                code: "BAD_OPTION", key: key,
                "'\(key)': the connection option '\(option.name)' of MongoDB is \(shown); expected \(expected)",
                traceId: context.traceId
            ).withDetails("option", .string(option.name))
        }
        if option.name == "w", value.isSame(as: "0") {
            throw .config(
                code: "BAD_OPTION", key: key,
                "'\(key)': the connection option 'w' of MongoDB is '0'; expected 1 or more, or majority: a write that nobody "
                    + "confirms may be lost",
                traceId: context.traceId
            ).withDetails("option", "w")
        }
        return option.name
    }
}
