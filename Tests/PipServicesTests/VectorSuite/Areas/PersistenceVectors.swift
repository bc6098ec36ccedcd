import PipServices
import PipServicesTesting

enum PersistenceVectors {
    static let operations: VectorOperation.Table = [
        "sequence": .init { input in
            let config = try ConfigVectors.config(input["config"])
            let store = try await assemble(IdentifiableMemoryPersistence<Dummy>(), config: config)
            var results: [AnyValue] = []
            for step in try input.list("steps") { results.append(try await run(step, store)) }
            return .array(results)
        }
    ]

    private struct Dummy: StringIdentifiable, Codable {
        var id: String
        var key: String?
        var content: String?

        init(_ value: AnyValue) throws {
            let fields = VectorInput(value)
            id = try fields.optionalText("id") ?? ""
            key = try fields.optionalText("key")
            content = try fields.optionalText("content")
        }
    }

    private static func run(_ step: AnyValue, _ store: IdentifiableMemoryPersistence<Dummy>) async throws -> AnyValue {
        let context = Context.empty
        let argument = step[1] ?? .null
        switch try VectorInput.text(step[0] ?? .null) {
        case "create": return try AnyValue(encoding: try await store.create(context, Dummy(argument)))
        case "set": return try AnyValue(encoding: try await store.set(context, Dummy(argument)))
        case "update": return try AnyValue(encoding: try await store.update(context, Dummy(argument)))
        case "updatePartially":
            let data = try VectorInput.map(step[2] ?? .null)
            return try AnyValue(encoding: try await store.updatePartially(context, VectorInput.text(argument), data))
        case "getOneById": return try AnyValue(encoding: store.getOneById(context, VectorInput.text(argument)))
        case "getListByIds": return try AnyValue(encoding: store.getListByIds(context, ids(argument)))
        case "getPage":
            let page = store.getPage(
                context, where: try filter(argument), paging: PagingParams(step[2] ?? .null), sortedBy: order(step[3]))
            return try AnyValue(encoding: page)
        case "getList":
            return try AnyValue(
                encoding: store.getList(context, where: try filter(argument), sortedBy: order(step[2])))
        case "count": return VectorValue.integer(store.getCount(context, where: try filter(argument)))
        case "deleteById":
            return try AnyValue(encoding: try await store.deleteById(context, VectorInput.text(argument)))
        case "deleteByIds": try await store.deleteByIds(context, try ids(argument))
        case "deleteByFilter": try await store.deleteByFilter(context, filter(argument))
        case "clear": try await store.clear(context)
        default: throw VectorInput.Unclear(what: "\(step)")
        }
        return .null
    }

    private static func ids(_ value: AnyValue) throws -> [String] { try VectorInput.list(value).map(VectorInput.text) }

    private static let rules = FilterRules<Dummy>(.equals(Field("key", \.key)))

    private static func filter(_ value: AnyValue) throws -> Filter<Dummy> {
        try rules.filter(.empty, FilterParams(value))
    }

    private static func order(_ field: AnyValue?) -> Sort<Dummy> {
        field?.string.map { Sort(SortParams(SortField($0))) } ?? .stored
    }
}
