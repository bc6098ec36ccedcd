#if PIP_CURL
import Foundation
import PipServices
import Testing

/// Two services that say the same, on the toolkit's Python edition and in Swift, each called by the clients of both: what
/// a client gets must not depend on who wrote the service.
@Suite struct WireSymmetryTests {
    /// Who wrote the service.
    enum Edition: String, CaseIterable, CustomTestStringConvertible {
        case python, swift

        var testDescription: String { rawValue }
    }

    private let context = Context(traceId: "abc-1")

    private struct Clients: Sendable {
        let port: Int
        let commands: CommandableHTTPClient
        let rest: RestClient
        let both: RestClient
    }

    private static func python() throws -> URL {
        URL(
            filePath: try #require(
                ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
                "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test', which installs them"))
    }

    /// Starts a service, and a container with clients of it.
    private func with(_ edition: Edition, _ body: (Clients) async throws -> Void) async throws {
        switch edition {
        case .python:
            let script = Built.source("Tests/Servers/wire_service.py").path
            try await ChildProcess.run(try Self.python(), [script]) { process async throws in
                let line = try await process.waitForOutput(#/READY (\d+)\n/#)
                let port = try #require(Int(line.1))
                do {
                    try await withClients(port, body)
                } catch {
                    throw Failure("\(error)\n\(process.transcript)")
                }
            }
        case .swift:
            let factory = Factory()
                .register("wire:service:default:*:1.0") { WireService() }
                .register("wire:controller:rest:*:1.0") { WireRestController() }
            let container = Container("wire", factories: [factory])
            await container.configure(
                try ContainerConfigReader.readFromYAML(
                    """
                    - descriptor: wire:service:default:default:1.0
                    - descriptor: pip-services:endpoint:http:default:1.0
                      connection: { host: 127.0.0.1, port: 0 }
                    - descriptor: pip-services:controller:commandable-http:default:1.0
                      base_route: v1/wire
                      dependencies: { service: wire:service:*:*:1.0 }
                    - descriptor: wire:controller:rest:default:1.0
                    """))
            try await container.open(.empty)
            let endpoint: HTTPEndpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0")
            try await withClients(try #require(endpoint.port), body)
            try await container.close(.empty)
        }
    }

    private func withClients(_ port: Int, _ body: (Clients) async throws -> Void) async throws {
        let factory = Factory()
            .register("test:client:commandable:*:1.0") { CommandableHTTPClient(baseRoute: "v1/wire") }
            .register("test:client:rest:*:1.0") { RestClient(baseRoute: "v1/rest") }
        let container = Container("calls", factories: [factory])
        let common = "connection: { host: 127.0.0.1, port: \(port) }"
        // Not even a machine that is busy with other things needs a minute for a call.
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                """
                - descriptor: test:client:commandable:default:1.0
                  \(common)
                  options: { timeout: 60000 }
                - descriptor: test:client:rest:query:1.0
                  \(common)
                  options: { timeout: 60000 }
                - descriptor: test:client:rest:both:1.0
                  \(common)
                  options: { timeout: 60000, trace_id_place: both }
                """))
        try await container.open(.empty)
        let references = container.references
        try await body(
            Clients(
                port: port, commands: try references.getOneRequired("test:client:commandable:*:1.0"),
                rest: try references.getOneRequired("test:client:rest:query:1.0"),
                both: try references.getOneRequired("test:client:rest:both:1.0")))
        try await container.close(.empty)
    }

    @Test(arguments: Edition.allCases)
    func pythonsClientsGetWhatTheyExpect(edition: Edition) async throws {
        try await with(edition) { clients async throws in
            let script = Built.source("Tests/EndToEndTests/Peers/wire_client.py").path
            let result = try await ChildProcess.output(
                of: try Self.python(), [script, "\(clients.port)", edition.rawValue], within: .seconds(180))
            #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)")
            #expect(result.output.hasSuffix("All calls answered as expected.\n"))
        }
    }

    @Test(arguments: Edition.allCases)
    func valuesSurviveTheWay(edition: Edition) async throws {
        try await with(edition) { clients async throws in
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
                context, "page",
                [
                    "filter": ["key": "k v"], "paging": ["skip": 2, "take": 7, "total": true],
                    "sort": [["name": "x", "ascending": true]],
                ])
            #expect(page?["data"] == [["key": "k v"]])
            #expect(page?["total"] == 7)
            #expect(page?["skip"] == 2)
            #expect(page?["sort"] == [["name": "x", "ascending": true]])
            let typed: DataPage<[String: String]>? = try await clients.commands.callCommand(
                context, "page", ["filter": ["key": "k"], "paging": nil])
            #expect(typed == DataPage([["key": "k"]]))
            let at = Date(timeIntervalSince1970: 1_735_614_245.678)
            let dates: [String: Date]? = try await clients.commands.callCommand(context, "dates", arguments: ["at": at])
            for (name, expected) in ["at": at, "next": at.addingTimeInterval(86_400)] {
                let difference = dates?[name]?.timeIntervalSince(expected) ?? .infinity
                #expect(abs(difference) < 0.001, "\(name): \(difference)")
            }
        }
    }

    @Test(arguments: Edition.allCases)
    func errorsOfAllCategoriesAreRestored(edition: Edition) async throws {
        let categories: [ErrorCategory] = [
            .unknown, .internal, .misconfiguration, .invalidState, .noResponse, .failedInvocation, .fileError,
            .badRequest,
            .unauthorized, .notFound, .conflict, .unsupported,
        ]
        try await with(edition) { clients async throws in
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
                    // The Python edition loses these fields when it makes such an error.
                    if edition == .python, category == .invalidState { continue }
                    #expect(error?.traceId == "abc-1")
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
            // A page of its framework, and an error that is described.
            #expect(unknown?.code == (edition == .python ? "HTTP_405" : "CMD_NOT_FOUND"))
        }
    }

    @Test(arguments: Edition.allCases)
    func routesFiltersPagesAndTraceIds(edition: Edition) async throws {
        try await with(edition) { clients async throws in
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
            let put: AnyValue? = try await clients.rest.call(
                context, .put, "items/7", data: ["name": "x"] as AnyValue)
            #expect(put == ["id": "7", "name": "x"])
            let listed: AnyValue? = try await clients.rest.call(
                context, .get, "list", params: ["key": "a b", "skip": "3", "take": "5", "total": "true"])
            #expect(listed == ["filter": ["key": "a b"], "skip": 3, "take": 5, "total": true])
            let deleted: AnyValue? = try await clients.rest.call(context, .delete, "items/1")
            #expect(deleted == ["id": "1"])
        }
    }
}
#endif
