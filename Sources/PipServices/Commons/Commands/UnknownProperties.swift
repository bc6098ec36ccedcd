/// How a transport handles properties that the schema of a command does not define.
public enum UnknownProperties: String, Sendable, CaseIterable, SettingValue {
    /// Drops them, as all editions do.
    case ignore
    /// Drops and logs them.
    case warn
    /// Rejects the call with BadRequest `INVALID_DATA`.
    case reject
}

// MARK: - Internal

extension UnknownProperties {
    /// The maximum number of findings for one call.
    private static let maximum = 20

    /// Returns the properties of a value that its schema does not define, each as the error that `reject` reports.
    ///
    /// Returns nothing for an object whose schema allows other properties, for a type with a hand-written decoder, and
    /// for a type whose fields are not all known.
    static func findings(in value: AnyValue, _ schema: any Schema, ignoring names: [String]) -> [ValidationResult] {
        var value = value
        if case .map(var map) = value {
            for name in names { map.remove(name) }
            value = .map(map)
        }
        var results: [ValidationResult] = []
        find(in: value, .schema(schema), "", &results)
        return results
    }

    private static func find(
        in value: AnyValue, _ type: SchemaType, _ path: String, _ results: inout [ValidationResult]
    ) {
        guard case .schema(let schema) = type, results.count < maximum else { return }
        switch (schema, value) {
        case (let schema as ObjectSchema, .map(let map)):
            let known = schema.properties.map(\.name)
            for (name, member) in map {
                guard results.count < maximum else { return }
                let place = path.appending(path: name)
                if let property = schema.properties.first(where: { $0.name.isSame(as: name) }) {
                    find(in: member, property.type, place, &results)
                } else if schema.gap == nil, schema.isDerived || !schema.isUndefinedAllowed {
                    let hint = NearestName.hint(for: name.shortened, among: known)
                    results.append(
                        .error(
                            place, "UNEXPECTED_PROPERTY",
                            "\(path.named) contains unexpected property "
                                + "\(name.shortened)\(hint)", expected: .array(known.map(AnyValue.string)),
                            actual: .string(name)))
                }
            }
        case (let schema as ArraySchema, .array(let values)):
            for (index, element) in values.enumerated() {
                find(in: element, schema.valueType, path.appending(path: String(index)), &results)
            }
        case (let schema as MapSchema, .map(let map)):
            for (name, member) in map { find(in: member, schema.valueType, path.appending(path: name), &results) }
        case (let schema as RecursiveSchema, _): find(in: value, schema.resolved, path, &results)
        default: break
        }
    }
}
