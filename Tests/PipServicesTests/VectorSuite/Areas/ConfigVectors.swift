import PipServices

enum ConfigVectors {
    static let operations: VectorOperation.Table = [
        "fromString": .init { map(ConfigParams(parsing: try $0.text)) },
        "toString": .init { .string(try config($0.value).description) },
        "fromValue": .init { map(ConfigParams($0.value)) },
        "fromTuples": .init { map(ConfigParams(tuples: try VectorInput.list($0.value))) },
        "mergeConfigs": .init { input in
            let configs = try VectorInput.list(input.value).map(config)
            // The arguments of `merge` are written out; merging one after the other is the same.
            return map(configs.reduce(ConfigParams()) { .merge($0, $1) })
        },
        "getSectionNames": .init { VectorValue.texts(try config($0.value).sectionNames) },
        "getSection": .init { map(try config($0["config"]).section($0.text("section"))) },
        "addSection": .init { input in
            var config = try config(input["config"])
            config.addSection(try input.text("section"), try Self.config(input["params"]))
            return map(config)
        },
        "override": .init { map(try config($0["config"]).override(config($0["params"]))) },
        "setDefaults": .init { map(try config($0["config"]).setDefaults(config($0["params"]))) },
        "nameResolve": .init {
            VectorValue.text(
                try NameResolver.resolve(config($0["config"]), default: $0.optionalText("default")))
        },
        "optionResolve": .init {
            map(OptionResolver.resolve(try config($0["config"]), configAsDefault: try $0.bool("configAsDefault")))
        },
    ].merging(getters) { $1 }

    private static let getters: VectorOperation.Table = [
        "getAsNullableString": getter { config, key, _ in VectorValue.text(config.getAsNullableString(key)) },
        "getAsStringWithDefault": getter { config, key, input in
            .string(config.getAsString(key, default: try input.text("default")))
        },
        "getAsBoolean": getter { config, key, _ in .bool(config.getAsBoolean(key)) },
        "getAsNullableBoolean": getter { config, key, _ in VectorValue.bool(config.getAsNullableBoolean(key)) },
        "getAsIntegerWithDefault": getter { config, key, input in
            VectorValue.integer(config.getAsInteger(key, default: try input.int("default")))
        },
        "getAsNullableLong": getter { config, key, _ in VectorValue.integer(config.getAsNullableLong(key)) },
        "getAsNullableDouble": getter { config, key, _ in VectorValue.double(config.getAsNullableDouble(key)) },
    ]

    private static func getter(
        _ get: @escaping @Sendable (ConfigParams, String, VectorInput) throws -> AnyValue
    ) -> VectorOperation {
        VectorOperation { try get(config($0["config"]), $0.text("key"), $0) }
    }

    /// Parameters by their flat names.
    static func config(_ value: AnyValue) throws -> ConfigParams {
        ConfigParams(StringValueMap(try VectorInput.map(value)))
    }

    static func map(_ config: ConfigParams) -> AnyValue { VectorValue.strings(config) }
}
