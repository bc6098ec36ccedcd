import PipServices

enum ConvertVectors {
    static let operations: VectorOperation.Table = [texts, booleans, numbers, dates, collections, others]
        .reduce(into: [:]) { $0.merge($1) { $1 } }

    private static let texts: VectorOperation.Table = [
        "toNullableString": .init { VectorValue.text(StringConverter.toNullableString($0.value)) },
        "toString": .init { .string(StringConverter.toString($0.value)) },
        "toStringWithDefault": .init {
            .string(StringConverter.toString($0["value"], default: try $0.text("default")))
        },
    ]

    private static let booleans: VectorOperation.Table = [
        "toNullableBoolean": .init { VectorValue.bool(BooleanConverter.toNullableBoolean($0.value)) },
        "toBoolean": .init { .bool(BooleanConverter.toBoolean($0.value)) },
        "toBooleanWithDefault": .init {
            .bool(BooleanConverter.toBoolean($0["value"], default: try $0.bool("default")))
        },
    ]

    private static let numbers: VectorOperation.Table = [
        "toNullableLong": .init { VectorValue.integer(LongConverter.toNullableLong($0.value)) },
        "toLong": .init { .integer(LongConverter.toLong($0.value)) },
        "toLongWithDefault": .init {
            .integer(LongConverter.toLong($0["value"], default: Int64(try $0.int("default"))))
        },
        "toNullableInteger": .init { VectorValue.integer(IntegerConverter.toNullableInteger($0.value)) },
        "toInteger": .init { VectorValue.integer(IntegerConverter.toInteger($0.value)) },
        "toIntegerWithDefault": .init {
            VectorValue.integer(IntegerConverter.toInteger($0["value"], default: try $0.int("default")))
        },
        "toNullableDouble": .init { VectorValue.double(DoubleConverter.toNullableDouble($0.value)) },
        "toDouble": .init { .double(DoubleConverter.toDouble($0.value)) },
        "toDoubleWithDefault": .init {
            .double(DoubleConverter.toDouble($0["value"], default: DoubleConverter.toDouble($0["default"])))
        },
        "toNullableFloat": .init { VectorValue.float(FloatConverter.toNullableFloat($0.value)) },
        "toFloat": .init { VectorValue.float(FloatConverter.toFloat($0.value)) },
        "toFloatWithDefault": .init {
            VectorValue.float(FloatConverter.toFloat($0["value"], default: FloatConverter.toFloat($0["default"])))
        },
    ]

    private static let dates: VectorOperation.Table = [
        "toNullableDateTime": .init { VectorValue.date(DateTimeConverter.toNullableDateTime($0.value)) },
        "toDateTimeWithDefault": .init { input in
            guard case .date(let fallback) = input["default"] else { throw VectorInput.Missing() }
            return .date(DateTimeConverter.toDateTime(input["value"], default: fallback))
        },
    ]

    private static let collections: VectorOperation.Table = [
        "toNullableArray": .init { VectorValue.array(ArrayConverter.toNullableArray($0.value)) },
        "toArray": .init { .array(ArrayConverter.toArray($0.value)) },
        "toArrayWithDefault": .init {
            .array(ArrayConverter.toArray($0["value"], default: try $0.list("default")))
        },
        "listToArray": .init { .array(ArrayConverter.listToArray($0.value)) },
        "toNullableMap": .init { VectorValue.map(MapConverter.toNullableMap($0.value)) },
        "toMap": .init { .map(MapConverter.toMap($0.value)) },
        "toMapWithDefault": .init { .map(MapConverter.toMap($0["value"], default: try $0.map("default"))) },
    ]

    private static let others: VectorOperation.Table = [
        "toTypeCode": .init { .string(TypeConverter.toTypeCode($0.value).description) },
        "typeToString": .init { input in
            .string(TypeConverter.toString(try typeCode(input.text)))
        },
        // In Swift no value has no JSON: a caller with an optional one maps it.
        "toNullableType": .init {
            TypeConverter.toNullableType(try typeCode($0.text("type")), $0["value"]) ?? .null
        },
        "toType": .init { TypeConverter.toType(try typeCode($0.text("type")), $0["value"]) },
        "toTypeWithDefault": .init {
            TypeConverter.toType(try typeCode($0.text("type")), $0["value"], default: $0["default"])
        },
        "recursiveToNullableMap": .init { try RecursiveMapConverter.toNullableMap($0.value) ?? .null },
        "recursiveToMapWithDefault": .init {
            try RecursiveMapConverter.toMap($0["value"], default: $0["default"])
        },
        // In Swift no text is no call.
        "fromJson": .init { input in
            guard let text = try input.optionalText("json") else { return .null }
            return try JSONConverter.fromJSON(try typeCode(input.text("type")), text)
        },
        "jsonToNullableMap": .init { VectorValue.map(JSONConverter.toNullableMap(try $0.text)) },
        "jsonToMap": .init { .map(JSONConverter.toMap(try $0.text)) },
        "jsonToMapWithDefault": .init {
            .map(JSONConverter.toMap(try $0.optionalText("json") ?? "", default: try $0.map("default")))
        },
        "toJson": .init { $0.value.isNull ? .null : .string(JSONConverter.toJSON($0.value)) },
    ]

    /// A kind of value by its name in any case.
    static func typeCode(_ name: String) throws -> TypeCode {
        guard let code = TypeCode.allCases.first(where: { $0.description == name.lowercased() }) else {
            throw VectorInput.Unclear(what: name)
        }
        return code
    }
}
