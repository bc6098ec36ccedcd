#if PIP_CURL
import Foundation
import PipServices
import Testing

/// The clients of this package call a service on the toolkit's Python edition.
@Suite struct PythonServiceTests {
    private let context = Context(traceId: "abc-1")

    private struct Clients: Sendable {
        let commands: CommandableHTTPClient
        let rest: RestClient
        let both: RestClient
    }

    /// Starts the service, and a container with clients of it.
    private func with(_ body: (Clients) async throws -> Void) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test', which installs them")
        let port = try FreePort.find()
        let script = Built.source("Tests/Servers/wire_service.py").path
        try await ChildProcess.run(URL(filePath: python), [script, "\(port)"]) { process async throws in
            _ = try await process.waitForOutput(#/READY/#)
            // It prints that it is ready a little before its thread listens.
            _ = try await Deadline.wait { try? RawConnection.open(port: port) }
            let factory = Factory()
                .register("test:client:commandable:*:1.0") { CommandableHTTPClient(baseRoute: "v1/wire") }
                .register("test:client:rest:*:1.0") { RestClient(baseRoute: "v1/rest") }
            let container = Container("calls", factories: [factory])
            let connection = "connection: { host: 127.0.0.1, port: \(port) }"
            await container.configure(
                try ContainerConfigReader.readFromYAML(
                    """
                    - descriptor: test:client:commandable:default:1.0
                      \(connection)
                    - descriptor: test:client:rest:query:1.0
                      \(connection)
                    - descriptor: test:client:rest:both:1.0
                      \(connection)
                      options: { trace_id_place: both }
                    """))
            try await container.open(.empty)
            let references = container.references
            try await body(
                Clients(
                    commands: try references.getOneRequired("test:client:commandable:*:1.0"),
                    rest: try references.getOneRequired("test:client:rest:query:1.0"),
                    both: try references.getOneRequired("test:client:rest:both:1.0")))
            try await container.close(.empty)
        }
    }

    @Test func valuesSurviveTheWay() async throws {
        try await with { clients async throws in
            let values: [AnyValue] = [
                "Tür € 😀 \"q\"\n\u{1}", 9_007_199_254_740_993, -9_223_372_036_854_775_807, 2.5, true, nil, [],
                [1, [nil]],
                ["a": ["b": ["c": "d"]]], "2024-01-02T03:04:05.678Z", .string(String(repeating: "é", count: 400_000)),
            ]
            for value in values {
                let echo: AnyValue? = try await clients.commands.callCommand(context, "echo", ["value": value])
                #expect(echo?["value"] == value)
            }
            let big: AnyValue? = try await clients.commands.callCommand(context, "big", ["size": 1_048_576])
            #expect(big?["text"]?.string?.count == 1_048_576)
            let nothing: AnyValue? = try await clients.commands.callCommand(context, "nothing")
            #expect(nothing == nil)
            let trace: [String: String]? = try await clients.commands.callCommand(context, "trace")
            #expect(trace == ["trace_id": "abc-1"])
            let page: AnyValue? = try await clients.commands.callCommand(
                context, "page", ["filter": ["key": "k v"], "paging": ["skip": 2, "take": 7, "total": true]])
            #expect(page?["data"] == [["key": "k v"]])
            #expect(page?["total"] == 7)
            #expect(page?["skip"] == 2)
        }
    }

    @Test func errorsOfAllCategoriesAreRestored() async throws {
        let categories: [ErrorCategory] = [
            .unknown, .internal, .misconfiguration, .invalidState, .noResponse, .failedInvocation, .fileError,
            .badRequest,
            .unauthorized, .notFound, .conflict, .unsupported,
        ]
        try await with { clients async throws in
            for category in categories {
                for isCommand in [true, false] {
                    let error = await #expect(throws: ApplicationError.self) {
                        let _: AnyValue? =
                            isCommand
                            ? try await clients.commands.callCommand(
                                context, "fail", ["category": .string(category.rawValue)])
                            : try await clients.rest.call(context, .get, "fail/\(category.rawValue)")
                    }
                    #expect(error?.category == category)
                    #expect(error?.status == category.status)
                    #expect(error?.cause == nil)
                    #expect(error?.details["key"] == "value")
                    // The Python edition loses code and message of these.
                    guard category != .invalidState else { continue }
                    #expect(error?.code == "TEST_CODE")
                    #expect(error?.message == "Test message é")
                }
            }
            let foreign = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await clients.commands.callCommand(context, "fail")
            }
            #expect(foreign?.status == 500)
            let unknown = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await clients.commands.callCommand(context, "no_such_command")
            }
            #expect([404, 405].contains(unknown?.status ?? 0), "\(unknown?.status ?? 0)")
        }
    }

    @Test func routesFiltersPagesAndTraceIds() async throws {
        try await with { clients async throws in
            var params = RestQueryParams()
            params.addFilterParams(["key": "a&b é"])
            params.addPagingParams(PagingParams(skip: 1, take: 5, total: true))
            params.addSortParams(SortParams(SortField("x"), SortField("y", ascending: false)))
            var context = context
            context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            for (client, inHeader) in [(clients.rest, false), (clients.both, true)] {
                let seen: AnyValue? = try await client.call(context, .get, "items", params: params)
                let expected: AnyValue = [
                    "key": "a&b é", "skip": "1", "take": "5", "total": "true", "sort": "x=true,y=false",
                    "trace_id": "abc-1",
                ]
                #expect(seen?["query"] == expected)
                #expect(seen?["trace_header"] == (inHeader ? "abc-1" : .null))
                #expect(seen?["trace_id"] == "abc-1")
                #expect(seen?["traceparent"]?.string?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
                #expect(seen?["timeout"]?.string.flatMap { Int($0) } ?? 0 > 0)
            }
            let item: [String: String]? = try await clients.rest.call(context, .get, "items/a%20b")
            #expect(item == ["id": "a b"])
            let none: AnyValue? = try await clients.rest.call(context, .get, "items/none")
            #expect(none == nil)
            let created: AnyValue? = try await clients.rest.call(context, .post, "items", data: ["id": "n"] as AnyValue)
            #expect(created == ["id": "n"])
            let deleted: AnyValue? = try await clients.rest.call(context, .delete, "items/1")
            #expect(deleted == ["id": "1"])
        }
    }
}
#endif
