/// Selects fields of items.
enum Projection {
    static func of<Item: Encodable>(
        _ items: [Item], _ fields: ProjectionParams
    ) throws(ApplicationError) -> [AnyValueMap] {
        var found: [AnyValueMap] = []
        for item in items {
            let all = Parameters(try AnyValue(encoding: item))
            found.append((fields.fields.isEmpty ? all : all.pick(fields.fields)).values)
        }
        return found
    }
}
