import FoundationEssentials
import PipServices

enum ValueVectors {
    static let operations: VectorOperation.Table = [anyValues, maps, stringMaps].reduce(into: [:]) {
        $0.merge($1) { $1 }
    }

    private static let anyValues: VectorOperation.Table = [
        "anyValueTypeCode": .init { .string(TypeConverter.toTypeCode($0.value).description) },
        "anyValueToString": .init { .string($0.value.description) },
    ]

    private static let maps: VectorOperation.Table = [
        "mapGet": .init { try get($0.map("map"), $0) },
        "mapToString": .init { .string(try VectorInput.map($0.value).description) },
        "mapFromTuples": .init { .map(AnyValueMap(try VectorInput.pairs($0.value))) },
        "mapFromMaps": .init { input in
            let maps = try VectorInput.list(input.value).map(VectorInput.map)
            return .map(maps.reduce(into: AnyValueMap()) { $0.append($1) })
        },
        "mapFromValue": .init { .map(MapConverter.toMap($0.value)) },
        "mapKeys": .init { VectorValue.texts(try VectorInput.map($0.value).keys) },
        "mapLength": .init { VectorValue.integer(try VectorInput.map($0.value).count) },
        "mapOps": .init { try change($0) },
        "mapGetAsArray": .init { .array(try $0.map("map").getAsArray($0.text("key"))) },
        "mapGetAsMap": .init { .map(try $0.map("map").getAsMap($0.text("key"))) },
    ]

    private static let stringMaps: VectorOperation.Table = [
        "stringMapGet": .init { try get(StringValueMap($0.map("map")), $0) },
        "stringMapFromString": .init { VectorValue.strings(StringValueMap(parsing: try $0.text)) },
        "stringMapToString": .init { .string(StringValueMap(try VectorInput.map($0.value)).description) },
        "stringMapFromTuples": .init {
            VectorValue.strings(StringValueMap(AnyValueMap(try VectorInput.pairs($0.value))))
        },
        "stringMapFromMaps": .init { input in
            let maps = try VectorInput.list(input.value).map { StringValueMap(try VectorInput.map($0)) }
            return VectorValue.strings(maps.reduce(into: StringValueMap()) { $0.append($1) })
        },
        "stringMapFromValue": .init { VectorValue.strings(StringValueMap(MapConverter.toMap($0.value))) },
        "stringMapGetAsArray": .init { .array(try StringValueMap($0.map("map")).getAsArray($0.text("key"))) },
        "stringMapGetAsMap": .init { .map(try StringValueMap($0.map("map")).getAsMap($0.text("key"))) },
    ]

    /// A getter by its name: `nullable:Integer`, `plain:Integer`, `default:Integer`.
    private static func get<Values: TypedValues>(
        _ values: Values, _ input: VectorInput
    ) throws -> AnyValue where Values.Key == String {
        let key = try input.text("key")
        let getter = try input.text("getter")
        switch getter {
        case "nullable:String": return VectorValue.text(values.getAsNullableString(key))
        case "plain:String": return .string(values.getAsString(key))
        case "default:String": return .string(values.getAsString(key, default: try input.text("default")))
        case "nullable:Boolean": return VectorValue.bool(values.getAsNullableBoolean(key))
        case "plain:Boolean": return .bool(values.getAsBoolean(key))
        case "default:Boolean": return .bool(values.getAsBoolean(key, default: try input.bool("default")))
        case "nullable:Integer": return VectorValue.integer(values.getAsNullableInteger(key))
        case "plain:Integer": return VectorValue.integer(values.getAsInteger(key))
        case "default:Integer":
            return VectorValue.integer(values.getAsInteger(key, default: try input.int("default")))
        case "nullable:Long": return VectorValue.integer(values.getAsNullableLong(key))
        case "plain:Long": return .integer(values.getAsLong(key))
        case "default:Long": return .integer(values.getAsLong(key, default: Int64(try input.int("default"))))
        case "nullable:Float": return VectorValue.float(values.getAsNullableFloat(key))
        case "plain:Float": return VectorValue.float(values.getAsFloat(key))
        case "nullable:Double": return VectorValue.double(values.getAsNullableDouble(key))
        case "plain:Double": return .double(values.getAsDouble(key))
        case "nullable:DateTime": return VectorValue.date(values.getAsNullableDateTime(key))
        default: throw VectorOperation.NotBuilt(getter)
        }
    }

    private static func change(_ input: VectorInput) throws -> AnyValue {
        var map = try input.map("map")
        for step in try input.list("steps") {
            let name = try VectorInput.text(step[0] ?? .null)
            let argument = step[1] ?? .null
            switch name {
            case "put": map.put(try VectorInput.text(argument), step[2] ?? .null)
            case "remove": map.remove(try VectorInput.text(argument))
            case "append": map.append(try VectorInput.map(argument))
            case "clear": map.clear()
            case "setAsObject": map = MapConverter.toMap(argument)
            default: throw VectorInput.Unclear(what: name)
            }
        }
        return .map(map)
    }
}
