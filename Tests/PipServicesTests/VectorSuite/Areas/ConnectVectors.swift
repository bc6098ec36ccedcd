import PipServices
import PipServicesTesting

enum ConnectVectors {
    static let operations = params.merging(resolvers) { $1 }.merging(utils) { $1 }

    // MARK: - Parameters

    private static let params: VectorOperation.Table = [
        "connFromString": .init { map(ConnectionParams(parsing: try $0.text)) },
        "connGet": .init { input in
            let connection = ConnectionParams(try ConfigVectors.config(input.value))
            return [
                "useDiscovery": .bool(connection.usesDiscovery),
                "discoveryKey": VectorValue.text(connection.discoveryKey),
                "protocol": VectorValue.text(connection.protocol),
                "protocolWithDefault": .string(connection.protocol ?? "http"),
                "host": VectorValue.text(connection.host), "port": VectorValue.integer(connection.port ?? 0),
                "portWithDefault": VectorValue.integer(connection.port ?? 8080),
                "uri": VectorValue.text(connection.uri),
            ]
        },
        "connMany": .init { .array(ConnectionParams.manyFromConfig(try ConfigVectors.config($0.value)).map(map)) },
        "connFrom": .init { ConnectionParams.fromConfig(try ConfigVectors.config($0.value)).map(map) ?? .null },
        "credFromString": .init { map(CredentialParams(parsing: try $0.text)) },
        "credGet": .init { input in
            let credential = CredentialParams(try ConfigVectors.config(input.value))
            return [
                "useStore": .bool(credential.usesStore), "storeKey": VectorValue.text(credential.storeKey),
                "username": VectorValue.text(credential.username), "password": VectorValue.text(credential.password),
                "accessId": VectorValue.text(credential.accessId),
                "accessKey": VectorValue.text(credential.accessKey),
            ]
        },
        "credMany": .init { .array(CredentialParams.manyFromConfig(try ConfigVectors.config($0.value)).map(map)) },
        "credFrom": .init { CredentialParams.fromConfig(try ConfigVectors.config($0.value)).map(map) ?? .null },
    ]

    // MARK: - Resolvers

    private static let resolvers: VectorOperation.Table = [
        "resolve": .init { input in
            let resolver = try await assemble(
                ConnectionResolver(), config: ConfigVectors.config(input["config"]), references: discovery(input))
            return try await resolver.resolve(.empty).map(map) ?? .null
        },
        "resolveAll": .init { input in
            let resolver = try await assemble(
                ConnectionResolver(), config: ConfigVectors.config(input["config"]), references: discovery(input))
            return .array(try await resolver.resolveAll(.empty).map(map))
        },
        "lookup": .init { input in
            let references = References()
            if input.has("store") {
                let store = MemoryCredentialStore(ConfigParams(input["store"]))
                references.put("test:credential-store:memory:default:1.0", store)
            }
            let resolver = try await assemble(
                CredentialResolver(), config: ConfigVectors.config(input["config"]), references: references)
            return try await resolver.lookup(.empty).map(map) ?? .null
        },
        "composite": .init { input in
            let composer = CompositeConnectionResolver.AnyConnection(
                isClusterSupported: try input.bool("clusterSupported"),
                defaultProtocol: try input.optionalText("defaultProtocol"), defaultPort: try input.int("defaultPort"),
                supportedProtocols: input.has("supportedProtocols") ? try input.texts("supportedProtocols") : nil)
            let resolver = try await assemble(
                CompositeConnectionResolver(composer), config: ConfigVectors.config(input["config"]))
            return ConfigVectors.map(try await resolver.resolve(.empty))
        },
        "http": .init { input in
            let resolver = try await http(input.value)
            return ConfigVectors.map(try await resolver.resolve(.empty))
        },
        "httpAll": .init { input in
            let resolver = try await http(input.value)
            return ConfigVectors.map(try await resolver.resolveAll(.empty))
        },
    ]

    private static func http(_ config: AnyValue) async throws -> HTTPConnectionResolver {
        try await assemble(HTTPConnectionResolver(), config: ConfigVectors.config(config))
    }

    private static func discovery(_ input: VectorInput) throws -> References {
        let references = References()
        if input.has("discovery") {
            let discovery = MemoryDiscovery(ConfigParams(input["discovery"]))
            references.put("test:discovery:memory:default:1.0", discovery)
        }
        return references
    }

    // MARK: - Utilities

    private static let utils: VectorOperation.Table = [
        "parseUri": .init { input in
            ConfigVectors.map(
                ConnectionUtils.parseUri(
                    try input.optionalText("uri"), defaultProtocol: try input.optionalText("protocol"),
                    defaultPort: input.has("port") ? try input.int("port") : nil))
        },
        "composeUri": .init { input in
            .string(
                ConnectionUtils.composeUri(
                    try ConfigVectors.config(input["options"]), defaultProtocol: try input.optionalText("protocol"),
                    defaultPort: input.has("port") ? try input.int("port") : nil))
        },
        "concat": .init { input in
            ConfigVectors.map(
                ConnectionUtils.concat(
                    try ConfigVectors.config(input["a"]), try ConfigVectors.config(input["b"]),
                    keys: try input.texts("keys")))
        },
        "include": .init { input in
            ConfigVectors.map(
                ConnectionUtils.include(try ConfigVectors.config(input["options"]), keys: try input.texts("keys")))
        },
        "exclude": .init { input in
            ConfigVectors.map(
                ConnectionUtils.exclude(try ConfigVectors.config(input["options"]), keys: try input.texts("keys")))
        },
        "rename": .init { input in
            ConfigVectors.map(
                ConnectionUtils.rename(
                    try ConfigVectors.config(input["options"]), from: try input.text("from"),
                    to: try input.text("to")))
        },
    ]

    private static func map(_ connection: ConnectionParams) -> AnyValue { ConfigVectors.map(connection.config) }
    private static func map(_ credential: CredentialParams) -> AnyValue { ConfigVectors.map(credential.config) }
}
