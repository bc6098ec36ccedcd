import FoundationEssentials
import PipServices

enum ValueVectors {
    static let operations: VectorOperation.Table = [anyValues, arrays, maps, stringMaps].reduce(into: [:]) {
        $0.merge($1) { $1 }
    }

    private static let anyValues: VectorOperation.Table = [
        "anyValueGet": .init { try get([$0["value"]] as AnyValueArray, 0, $0) },
        "anyValueTypeCode": .init { .string($0.value.typeCode.description) },
        "anyValueEquals": .init { .bool($0["a"].equals($0["b"])) },
        "anyValueEqualsAsType": .init {
            .bool($0["a"].equalsAsType(try ConvertVectors.typeCode($0.text("type")), $0["b"]))
        },
        "anyValueArrayOf": .init { .array($0.value.getAsArray()) },
        "anyValueMapOf": .init { .map($0.value.getAsMap()) },
        "anyValueToString": .init { .string($0.value.description) },
    ]

    private static let arrays: VectorOperation.Table = [
        "arrayGet": .init { try get(array($0), try $0.int("index"), $0) },
        "arrayContains": .init { .bool(try array($0).contains($0["value"])) },
        "arrayContainsAsType": .init {
            .bool(try array($0).containsAsType(ConvertVectors.typeCode($0.text("type")), $0["value"]))
        },
        "arrayToString": .init { .string(AnyValueArray(try VectorInput.list($0.value)).description) },
        "arrayFromString": .init { input in
            guard let text = try input.optionalText("text"),
                let separator = try input.text("separator").unicodeScalars.first
            else {
                return []
            }
            let drops = try input.bool("removeDuplicates")
            return .array(AnyValueArray(parsing: text, separator: separator, removeDuplicates: drops).values)
        },
        "arrayFromValue": .init { .array(AnyValueArray(value: $0.value).values) },
        "arrayOps": .init { input in
            var array = try array(input)
            for step in try input.list("steps") { try change(&array, step) }
            return .array(array.values)
        },
    ]

    private static let maps: VectorOperation.Table = [
        "mapGet": .init { try get($0.map("map"), try $0.text("key"), $0) },
        "mapToString": .init { .string(try VectorInput.map($0.value).description) },
        "mapFromTuples": .init { .map(AnyValueMap(tuples: try VectorInput.list($0.value))) },
        "mapFromMaps": .init { input in
            let maps = try VectorInput.list(input.value).map(VectorInput.map)
            return .map(AnyValueMap(merging: maps))
        },
        "mapFromValue": .init { .map(AnyValueMap(value: $0.value)) },
        "mapKeys": .init { VectorValue.texts(try VectorInput.map($0.value).keys) },
        "mapLength": .init { VectorValue.integer(try VectorInput.map($0.value).count) },
        "mapOps": .init { try change($0) },
        "mapGetAsArray": .init { .array(try $0.map("map").getAsArray($0.text("key"))) },
        "mapGetAsMap": .init { .map(try $0.map("map").getAsMap($0.text("key"))) },
    ]

    private static let stringMaps: VectorOperation.Table = [
        "stringMapGet": .init { try get(StringValueMap($0.map("map")), try $0.text("key"), $0) },
        "stringMapFromString": .init { VectorValue.strings(StringValueMap(parsing: try $0.text)) },
        "stringMapToString": .init { .string(StringValueMap(try VectorInput.map($0.value)).description) },
        "stringMapFromTuples": .init {
            VectorValue.strings(StringValueMap(tuples: try VectorInput.list($0.value)))
        },
        "stringMapFromMaps": .init { input in
            let maps = try VectorInput.list(input.value).map { StringValueMap(try VectorInput.map($0)) }
            return VectorValue.strings(StringValueMap(merging: maps))
        },
        "stringMapFromValue": .init { VectorValue.strings(StringValueMap(value: $0.value)) },
        "stringMapGetAsArray": .init { .array(try StringValueMap($0.map("map")).getAsArray($0.text("key"))) },
        "stringMapGetAsMap": .init { .map(try StringValueMap($0.map("map")).getAsMap($0.text("key"))) },
    ]

    /// A getter by its name: `nullable:Integer`, `plain:Integer`, `default:Integer`.
    private static func get<Values: TypedValues>(
        _ values: Values, _ key: Values.Key, _ input: VectorInput
    ) throws -> AnyValue {
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
        case "default:Float":
            let fallback = FloatConverter.toFloat(input["default"])
            return VectorValue.float(values.getAsFloat(key, default: fallback))
        case "default:Double":
            return .double(values.getAsDouble(key, default: DoubleConverter.toDouble(input["default"])))
        case "default:DateTime":
            guard case .date(let fallback) = input["default"] else { throw VectorInput.Missing() }
            return .date(values.getAsDateTime(key, default: fallback))
        case "nullable:Array": return VectorValue.array(values.getAsNullableArray(key))
        case "plain:Array": return .array(values.getAsArray(key))
        case "default:Array": return .array(values.getAsArray(key, default: try input.list("default")))
        case "nullable:Map": return VectorValue.map(values.getAsNullableMap(key))
        case "plain:Map": return .map(values.getAsMap(key))
        case "default:Map": return .map(values.getAsMap(key, default: try input.map("default")))
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
            case "setAsObject": map.setAsObject(argument)
            default: throw VectorInput.Unclear(what: name)
            }
        }
        return .map(map)
    }

    private static func array(_ input: VectorInput) throws -> AnyValueArray {
        AnyValueArray(try VectorInput.list(input["values"]))
    }

    private static func change(_ array: inout AnyValueArray, _ step: AnyValue) throws {
        let argument = step[1] ?? .null
        switch try VectorInput.text(step[0] ?? .null) {
        case "put": array.put(try VectorInput.int(argument), step[2] ?? .null)
        case "remove": array.remove(try VectorInput.int(argument))
        case "append": array.append(try VectorInput.list(argument))
        case "clear": array.clear()
        case "setAsObject": array.setAsObject(argument)
        case let name: throw VectorInput.Unclear(what: name)
        }
    }
}
