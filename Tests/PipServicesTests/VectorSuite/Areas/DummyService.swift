import PipServices

/// The commands of the service that the HTTP vectors were recorded from.
final class DummyService: Component, Commandable {
    private let dummies: Locked<[AnyValueMap]>

    init(_ dummies: [AnyValueMap]) { self.dummies = Locked(dummies) }

    private struct Failure: Error, CustomStringConvertible { let description: String }

    private static let arguments = ObjectSchema(allowUndefined: true)
    private static let dummy = ObjectSchema().withOptionalProperty("id", .string)
        .withRequiredProperty("key", .string).withOptionalProperty("content", .string)

    var commands: CommandSet {
        CommandSet {
            Command(
                "get_dummies",
                schema: Self.arguments.withOptionalProperty("filter", .schema(FilterParamsSchema()))
                    .withOptionalProperty("paging", .schema(PagingParamsSchema()))
            ) { (_, arguments: Parameters) -> DataPage<AnyValueMap>? in self.page(arguments) }
            Command("get_dummy_by_id", schema: Self.arguments.withRequiredProperty("dummy_id", .string)) {
                (_, arguments: Parameters) -> AnyValueMap? in
                self.dummies.current.first { $0["id"] == arguments["dummy_id"] }
            }
            Command("create_dummy", schema: Self.arguments.withRequiredProperty("dummy", .schema(Self.dummy))) {
                (_, arguments: Parameters) -> AnyValueMap? in
                let dummy = arguments.getAsMap("dummy")
                self.dummies.withLock { $0.append(dummy) }
                return dummy
            }
            Command("delete_dummy", schema: Self.arguments.withRequiredProperty("dummy_id", .string)) {
                (_, arguments: Parameters) -> AnyValueMap? in self.delete(arguments["dummy_id"])
            }
            Command("check_trace_id", schema: Self.arguments) { (context, _: Parameters) -> AnyValueMap? in
                ["trace_id": context.traceId.map(AnyValue.string) ?? .null]
            }
            Command("echo") { (_, arguments: Parameters) -> AnyValueMap? in arguments.values }
            Command("nothing") { (_, _: Parameters) in }
            Command("fail") { (context, arguments: Parameters) -> Void in
                throw ApplicationError(
                    ErrorCategory(rawValue: arguments.getAsString("category")), code: "TEST_CODE", "Test message",
                    traceId: context.traceId, details: ["key": "value"])
            }
            Command("raise") { (_, _: Parameters) -> Void in throw Failure(description: "boom") }
        }
    }

    private func page(_ arguments: Parameters) -> DataPage<AnyValueMap> {
        let key = FilterParams(arguments.getAsObject("filter"))["key"]
        let paging = PagingParams(arguments.getAsObject("paging"))
        let found = dummies.current.filter { key == nil || $0["key"]?.string == key }
        let page = found.dropFirst(Int(paging.getSkip())).prefix(Int(paging.getTake(100)))
        return DataPage(Array(page), total: paging.total ? Int64(found.count) : nil)
    }

    private func delete(_ id: AnyValue?) -> AnyValueMap? {
        dummies.withLock { dummies in
            dummies.firstIndex { $0["id"] == id }.map { dummies.remove(at: $0) }
        }
    }
}
