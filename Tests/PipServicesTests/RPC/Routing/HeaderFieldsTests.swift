import PipServicesTesting
import Testing

@testable import PipServices

/// Header fields of requests and responses.
@Suite struct HeaderFieldsTests {
    private static let list: [(name: String, value: String)] = [
        ("X-A", "1"), ("Set-Cookie", "a=1"), ("Cookie", "c=1"), ("x-a", "2"), ("Set-Cookie", "b=2"), ("Cookie", "d=2"),
    ]

    /// The same fields, kept in each way.
    private static let all: [HeaderFields] = [
        HeaderFields(list), HeaderFields(lines: Array(list.map { "\($0.name): \($0.value)\r\n" }.joined().utf8)),
        HeaderFields(find: { HeaderFields.value($0, in: list) }, list: { list }),
    ]

    private func text(_ fields: HeaderFields) -> [String] { fields.map { "\($0.name)=\($0.value)" } }

    @Test("Fields are read in the same way however they are kept") func reading() {
        for fields in Self.all {
            #expect(fields["x-A"] == "1, 2")
            #expect(fields["COOKIE"] == "c=1; d=2")
            #expect(fields["set-cookie"] == "a=1")
            #expect(fields["none"] == nil)
            #expect(fields.values(of: "Set-COOKIE") == ["a=1", "b=2"])
            #expect(fields.values(of: "none") == [])
            #expect(fields.count == 6 && !fields.isEmpty)
            #expect(text(fields) == Self.list.map { "\($0.name)=\($0.value)" })
            #expect(text(fields.without(["x-a", "cookie"])) == ["Set-Cookie=a=1", "Set-Cookie=b=2"])
            #expect(fields.without(["x-a"])["X-A"] == nil)
        }
    }

    @Test("Setting a field replaces all of its name, in the place of the first") func setting() {
        for var fields in Self.all {
            fields["X-a"] = "3"
            #expect(text(fields).prefix(2) == ["X-a=3", "Set-Cookie=a=1"])
            #expect(fields.values(of: "X-A") == ["3"])
            fields["cookie"] = nil
            fields["Set-Cookie"] = nil
            fields["New"] = "4"
            #expect(text(fields) == ["X-a=3", "New=4"])
        }
    }

    @Test("Fields are added behind the others, and removed by a condition") func changing() {
        for var fields in Self.all {
            fields.removeAll { $0.name != "X-A" }
            fields.append(("B", "2"))
            fields += [("C", "3")] as HeaderFields
            #expect(text(fields) == ["X-A=1", "B=2", "C=3"])
            #expect(text(fields + [(name: "D", value: "4")]) == ["X-A=1", "B=2", "C=3", "D=4"])
            #expect(fields.count == 3)
        }
    }

    @Test("A copy has fields of its own") func copies() {
        let fields: HeaderFields = ["A": "1"]
        var copy = fields
        copy["A"] = "2"
        #expect(fields["a"] == "1" && copy["a"] == "2")
    }

    @Test("Literals are lists and dictionaries") func literals() {
        let pairs: HeaderFields = [("A", "1"), ("A", "2")]
        let names: HeaderFields = ["A": "1", "B": "2"]
        let none: HeaderFields = [:]
        #expect(pairs["a"] == "1, 2" && text(names) == ["A=1", "B=2"] && none.isEmpty)
    }

    @Test("The test client and the endpoint pass them on") func endToEnd() async throws {
        let config = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            """
        try await withContainer(yaml: config) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let route = RestRoute(
                .get, "/echo",
                response: { _, request in RestResponse(headers: ["X-Echo": request.headers["x-test"] ?? "none"]) })
            endpoint.register([route], for: endpoint)
            var client = RestTestClient(endpoint)
            client.headers["X-Test"] = "a"
            let response = try await client.with(header: "X-Test", "b").get("/echo")
            #expect(response.headers["x-echo"] == "a, b")
            #expect(response[header: "X-ECHO"] == "a, b")
        }
    }
}
