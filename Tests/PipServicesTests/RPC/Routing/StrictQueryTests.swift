import PipServicesTesting
import Testing

@testable import PipServices

/// Queries with and without `options.strict_query`.
@Suite struct StrictQueryTests {
    struct Order: Codable, Sendable {
        var id: String
        var status: String
        var amount: Int?
    }

    /// Not `CaseIterable`: the fields behind one of this type are not known.
    enum Kind: String, Codable, Sendable { case book }
    struct Item: Codable, Sendable {
        var name: String
        var kind: Kind
        var price: Int
    }

    final class Orders: RestController {
        let rest = RestHost(baseRoute: "v1")
        init() {}

        private static let orders = DataPage([Order(id: "1", status: "open")])
        private static let site = ObjectSchema().withRequiredProperty("site_id", .string)
            .withOptionalProperty("kind", .string)

        var routes: [RestRoute] {
            RestRoute(.get, "/orders") { _, _ in Self.orders }
            RestRoute(.get, "/documented") { _, _ in Self.orders }
                .documented(query: [PropertySchema("search", .string)] + .paging)
            RestRoute(.get, "/sites/:site_id/orders", schema: Self.site) { _, _ in Self.orders.data }
            RestRoute(.get, "/loose", schema: Self.site.allowUndefined(true)) { _, _ in Self.orders }
            RestRoute(.get, "/orders/:id") { _, _ in Self.orders.data.first }
            RestRoute(.get, "/tokens") { _, _ in TokenizedDataPage(Self.orders.data, token: "t") }
            RestRoute(.get, "/any") { _, request in AnyValue.string(request.query["x"] ?? "") }
            RestRoute(.get, "/items") { _, _ in DataPage([Item(name: "a", kind: .book, price: 1)]) }
            RestRoute(.get, "/item") { _, _ in Item(name: "a", kind: .book, price: 1) }
            RestRoute(.get, "/closed") { _, _ in Self.orders }.authorized(by: BasicAuthorizer.signed())
        }
    }

    private func answer(
        _ target: String, _ method: HTTPMethod = .get, endpoint: String = "options: { strict_query: true }",
        controller: String = ""
    ) async throws -> (status: Int, error: AnyValue) {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
              \(endpoint)
            - descriptor: test:orders:rest:default:1.0
              \(controller)
            - descriptor: test:service:default:default:1.0
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: v1/commands
              dependencies: { service: test:service:*:*:1.0 }
            """
        let factory = Factory("test:orders:rest:*:1.0") { Orders() }.register("test:service:*:*:1.0") {
            GreetingService()
        }
        return try await withContainer(yaml: yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let response = await endpoint.respond(to: RestRequest(method, target))
            let body = String(decoding: response.body, as: UTF8.self)
            return try (response.status, response.status < 400 ? .null : JSONConverter.fromJSON(body))
        }
    }

    @Test(
        "A strict query is rejected with 400, the code and the nearest name",
        arguments: [
            ("/v1/orders?stauts=open", "UNKNOWN_PARAMETER", "'stauts'; did you mean 'status'?"),
            ("/v1/orders?tak=5", "UNKNOWN_PARAMETER", "'tak'; did you mean 'take'?"),
            ("/v1/orders?Skip=5", "UNKNOWN_PARAMETER", "'Skip'; did you mean 'skip'?"),
            ("/v1/orders?take=abc", "BAD_PARAMETER", "'take' is 'abc'; expected a whole number, 0 or more"),
            ("/v1/orders?take=1.5", "BAD_PARAMETER", "'take' is '1.5'"),
            ("/v1/orders?skip=-1", "BAD_PARAMETER", "'skip' is '-1'"),
            ("/v1/orders?skip=1&skip=2", "BAD_PARAMETER", "'skip' is '1,2'"),
            ("/v1/orders?take=99999999999999999999", "BAD_PARAMETER", "'take' is '9999"),
            ("/v1/orders?total=maybe", "BAD_PARAMETER", "'total' is 'maybe'; expected true or false"),
            ("/v1/orders?sort=nonsense", "UNKNOWN_SORT", "There is no sort field 'nonsense'"),
            ("/v1/orders?sort=id=true,amout=false", "UNKNOWN_SORT", "'amout'; did you mean 'amount'?"),
            ("/v1/orders?sort=amount=up", "BAD_PARAMETER", "'sort' is 'amount=up'; expected names with true or false"),
            ("/v1/orders?filter=id%3D1%3Bstauts%3Dopen", "UNKNOWN_FILTER", "'stauts'; did you mean 'status'?"),
            ("/v1/documented?serch=x", "UNKNOWN_PARAMETER", "'serch'; did you mean 'search'?"),
            ("/v1/documented?status=open", "UNKNOWN_PARAMETER", "'status'"),
            ("/v1/documented?filter=status%3Dopen", "UNKNOWN_FILTER", "'status'"),
            ("/v1/sites/1/orders?kin=x", "UNKNOWN_PARAMETER", "'kin'; did you mean 'kind'?"),
            ("/v1/sites/1/orders?site_id=2", "UNKNOWN_PARAMETER", "'site_id'"),
            ("/v1/documented?sort=search=false", "UNKNOWN_SORT", "'search'"),
            ("/v1/loose?site_id=2&sort=nonsense", "UNKNOWN_SORT", "'nonsense'"),
            ("/v1/orders/1?verbose=1", "UNKNOWN_PARAMETER", "'verbose'"),
            ("/v1/tokens?tokn=t", "UNKNOWN_PARAMETER", "'tokn'; did you mean 'token'?"),
            ("/v1/any?take=abc", "BAD_PARAMETER", "'take' is 'abc'"),
        ])
    func strict(target: String, code: String, message: String) async throws {
        let (status, error) = try await answer(target)
        #expect(status == 400)
        #expect(error["code"] == .string(code), "\(error)")
        #expect(error["message"]?.string?.contains(message) == true, "\(error)")
        // Lenient by default, as in all editions; a value that a schema requires is another matter.
        #expect(try await answer(target, endpoint: "").status == 200)
    }

    @Test(
        "A strict query accepts everything that the route declares",
        arguments: [
            "/v1/orders", "/v1/orders?status=open&amount=3&id=1", "/v1/orders?skip=0&take=&total=true",
            "/v1/orders?sort=id=true;status=false,amount", "/v1/orders?filter=id%3D1%3Bstatus%3Dopen",
            "/v1/orders?trace_id=t&correlation_id=c", "/v1/documented?search=x&skip=1&sort=status,id",
            "/v1/sites/1/orders?kind=x&skip=1&total=1", "/v1/loose?site_id=1&other=2&filter=x%3D1&sort=id",
            "/v1/tokens?token=t&take=5&status=open", "/v1/any?x=1&sort=nonsense&filter=y%3D1",
            "/v1/orders/1?trace_id=t", "/v1/items?price=1&sort=price", "/v1/items?filter=price%3D1", "/v1/item?price=1",
        ])
    func accepted(target: String) async throws {
        let (status, error) = try await answer(target)
        #expect(status == 200, "\(error)")
    }

    @Test("The setting of a controller replaces that of its endpoint") func controllersDecide() async throws {
        let (strict, lenient) = ("options: { strict_query: true }", "options: { strict_query: false }")
        let target = "/v1/orders?stauts=open"
        #expect(try await answer(target, endpoint: "", controller: strict).status == 400)
        #expect(try await answer(target, endpoint: lenient, controller: strict).status == 400)
        #expect(try await answer(target, endpoint: strict, controller: lenient).status == 200)
    }

    @Test("Commands accept no query parameters except the trace id") func commands() async throws {
        #expect(try await answer("/v1/commands/greet?trace_id=t", .post).status == 200)
        #expect(try await answer("/v1/commands/greet?name=x", .post).error["code"] == "UNKNOWN_PARAMETER")
        #expect(try await answer("/v1/commands/greet?name=x", .post, endpoint: "").status == 200)
    }

    @Test("A caller without access learns nothing about parameter names") func accessComesFirst() async throws {
        #expect(try await answer("/v1/closed?stauts=open").status == 401)
    }

    @Test("A look-alike name is unknown") func namesAreCodePoints() async throws {
        // "status" with a combining mark, and the Kelvin sign in "kind".
        #expect(try await answer("/v1/orders?status%CC%81=open").status == 400)
        #expect(try await answer("/v1/sites/1/orders?%E2%84%AAind=x").status == 400)
    }
}
