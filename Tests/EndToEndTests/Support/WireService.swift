import Foundation
import PipServices

/// The Swift side of `Tests/Servers/wire_service.py`: the same commands, to be called by the same clients.
final class WireService: Component, Commandable {
    struct Size: Codable, Sendable { var size: Int }
    struct Category: Codable, Sendable { var category: String? }
    struct Dates: Codable, Sendable { var at: Date }
    struct Query: Codable, Sendable {
        var filter: FilterParams?
        var paging: PagingParams?
        var sort: SortParams?
    }

    var commands: CommandSet {
        CommandSet {
            Command("echo") { (_, arguments: Parameters) in AnyValue.map(arguments.values) }
            Command("nothing") { (_, _: Parameters) in }
            Command("fail") { (context, arguments: Category) -> Int? in
                throw Self.error(context, arguments.category)
            }
            Command("trace") { (context, _: Parameters) in ["trace_id": context.traceId] }
            Command("big") { (_, arguments: Size) in ["text": String(repeating: "x", count: arguments.size)] }
            Command("dates") { (_, arguments: Dates) in
                ["at": arguments.at, "next": arguments.at.addingTimeInterval(86_400)]
            }
            Command("page") { (_, query: Query) throws -> AnyValue in
                let paging = query.paging ?? PagingParams()
                return [
                    "data": [["key": query.filter?["key"].map(AnyValue.string) ?? .null]],
                    "total": paging.total ? .integer(paging.getTake(100)) : .null,
                    "skip": .integer(paging.getSkip()), "sort": try AnyValue(encoding: query.sort),
                ]
            }
        }
    }

    /// An error of a category, or without one an error that is none of the toolkit's.
    static func error(_ context: Context, _ category: String?) -> any Error {
        struct Foreign: Error {}
        guard let category else { return Foreign() }
        return ApplicationError(
            ErrorCategory(rawValue: category), code: "TEST_CODE", "Test message é", traceId: context.traceId,
            details: ["key": "value"])
    }
}

/// The routes of `Tests/Servers/wire_service.py`.
final class WireRestController: RestController {
    let rest = RestHost(baseRoute: "v1/rest")

    var routes: [RestRoute] {
        RestRoute(.get, "/items") { context, request -> AnyValue? in
            let names = Set(request.query.parameters.map(\.name))
            func header(_ name: String) -> AnyValue { request.headers[name].map(AnyValue.string) ?? .null }
            return [
                "query": .map(AnyValueMap(names.map { ($0, request.query[$0].map(AnyValue.string) ?? .null) })),
                "trace_header": header("trace_id"), "trace_id": context.traceId.map(AnyValue.string) ?? .null,
                "traceparent": header("traceparent"), "timeout": header(HTTPFieldNames.timeout),
            ]
        }
        RestRoute(.get, "/items/:id") { _, request -> [String: String]? in
            let id = try request.parameter("id")
            return id == "none" ? nil : ["id": id]
        }
        RestRoute(.post, "/items", status: 201) { (_, _, item: AnyValue) -> AnyValue? in item }
        RestRoute(.put, "/items/:id") { (_, request, item: [String: String]) -> [String: String]? in
            item.merging(["id": try request.parameter("id")]) { $1 }
        }
        RestRoute(.delete, "/items/:id") { _, request -> [String: String]? in ["id": try request.parameter("id")] }
        RestRoute(.get, "/list") { _, request -> AnyValue? in
            let paging = request.query.paging
            var filter = AnyValueMap()
            for key in request.query.filter.keys { filter[key] = request.query.filter[key].map(AnyValue.string) }
            return [
                "filter": .map(filter), "skip": .integer(paging.getSkip()), "take": .integer(paging.getTake(100)),
                "total": .bool(paging.total),
            ]
        }
        RestRoute(.get, "/fail/:category") { context, request -> Int? in
            throw WireService.error(context, try request.parameter("category"))
        }
    }
}
