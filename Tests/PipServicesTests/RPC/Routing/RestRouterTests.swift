import Testing

@testable import PipServices

@Suite struct RestRouterTests {
    final class Owner: Component {}

    private func router(_ routes: (HTTPMethod, String)..., owner: Owner = Owner()) -> RestRouter {
        var router = RestRouter()
        let routes = routes.map { method, path in
            RestRoute(method, path, name: path, response: { _, _ in RestResponse() })
        }
        router.add(routes, owner: ObjectIdentifier(owner))
        return router
    }

    private func match(_ router: RestRouter, _ method: HTTPMethod, _ path: String) -> String {
        switch router.match(method, path) {
        case .found(let entry, let parameters):
            let parameters = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([entry.route.name ?? ""] + parameters).joined(separator: " ")
        case .otherMethods(let methods): return methods.joined(separator: ",")
        case .nothing: return "-"
        }
    }

    @Test func fixedPartsWinOverParameters() {
        let router = router((.get, "/a/:x"), (.get, "/a/b"), (.get, "/a/:x/c"), (.get, "/:any/d"))
        #expect(match(router, .get, "/a/b") == "/a/b")
        #expect(match(router, .get, "/a/z") == "/a/:x x=z")
        #expect(match(router, .get, "/a/b/c") == "/a/:x/c x=b")
        #expect(match(router, .get, "/q/d") == "/:any/d any=q")
        #expect(match(router, .get, "/a/b/c/d") == "-")
        #expect(match(router, .get, "/") == "-")
    }

    @Test func slashesAtTheEndDoNotCount() {
        let router = router((.get, "/a/b"), (.get, "/"))
        #expect(match(router, .get, "/a/b/") == "/a/b")
        #expect(match(router, .get, "//a//b") == "/a/b")
        #expect(match(router, .get, "/") == "/")
    }

    @Test("Literal segments match in decoded form") func literalsAreDecoded() {
        let router = router((.get, "/users/admin"), (.get, "/users/:name"), (.get, "/a%20b"), (.get, "/c d"))
        #expect(match(router, .get, "/users/%61dmin") == "/users/admin")
        #expect(match(router, .get, "/users/%2561dmin") == "/users/:name name=%61dmin")
        #expect(match(router, .get, "/a%20b") == "/a%20b")
        #expect(match(router, .get, "/c%20d") == "/c d")
    }

    @Test("A route's method takes precedence over a literal segment") func methodsComeFirst() {
        let router = router(
            (.get, "/b/:id"), (.delete, "/b/:id"), (.post, "/b/search"), (.get, "/k/:a/x"), (.post, "/k/list/x"),
            (.get, "/k/list/x"), (.put, "/k/:a/:b"))
        #expect(match(router, .get, "/b/search") == "/b/:id id=search")
        #expect(match(router, .head, "/b/search") == "/b/:id id=search")
        #expect(match(router, .post, "/b/search") == "/b/search")
        #expect(match(router, .delete, "/b/se%61rch") == "/b/:id id=search")
        #expect(match(router, .get, "/k/list/x") == "/k/list/x")
        #expect(match(router, .get, "/k/other/x") == "/k/:a/x a=other")
        #expect(match(router, .put, "/k/list/x") == "/k/:a/:b a=list b=x")
        #expect(match(router, .patch, "/b/search") == "DELETE,GET,POST", "those of all routes that match")
        #expect(match(router, .patch, "/k/list/x") == "GET,POST,PUT")
        #expect(match(router, .post, "/b/1") == "DELETE,GET")
    }

    @Test("Paths with dot segments or a NUL match nothing, and an escaped slash does not separate")
    func unsafePaths() {
        let router = router((.get, "/:a/:b"), (.get, "/:a"), (.get, "/café/:b"))
        for path in [
            "/x/..", "/../x", "/%2e%2E/x", "/x/.", "/.%2e", "/x/a%2F..%2Fb", "/x/%2e%2e%2Fetc", "/x/a%00b", "*",
        ] {
            #expect(match(router, .get, path) == "-", "\(path)")
        }
        #expect(match(router, .get, "/x/a%2Fb") == "/:a/:b a=x b=a/b")
        #expect(match(router, .get, "/x/%252e%252e") == "/:a/:b a=x b=%2e%2e", "decoded once")
        #expect(match(router, .get, "/x/...") == "/:a/:b a=x b=...")
        #expect(match(router, .get, "/x/.well-known") == "/:a/:b a=x b=.well-known")
        #expect(match(router, .get, "/caf%C3%A9/1") == "/café/:b b=1")
        #expect(match(router, .get, "/caf%65\u{301}/1") == "/:a/:b a=cafe\u{301} b=1", "other code points")
        #expect(match(router, .get, "/%2A") == "/:a a=*")
    }

    @Test func methodsAreTold() {
        let router = router((.get, "/a"), (.post, "/a"), (.put, "/b/:id"))
        #expect(match(router, .delete, "/a") == "GET,POST")
        #expect(match(router, .get, "/b/1") == "PUT")
        #expect(match(router, .head, "/a") == "/a")
    }

    @Test func ownersTakeTheirRoutesOut() {
        let (first, second) = (Owner(), Owner())
        var router = router((.get, "/a"), (.get, "/b/:id"), owner: first)
        router.add(
            [RestRoute(.get, "/a", name: "newer", response: { _, _ in RestResponse() })],
            owner: ObjectIdentifier(second))
        #expect(match(router, .get, "/a") == "newer")
        router.remove(owner: ObjectIdentifier(second))
        #expect(match(router, .get, "/a") == "/a")
        router.remove(owner: ObjectIdentifier(first))
        #expect(match(router, .get, "/b/1") == "-")
    }

    /// A header has room for so many. Looking at each for each would take minutes.
    @Test(arguments: [true, false])
    func manyParametersAreReadInTime(areEqual: Bool) {
        let query = RestQuery((0..<32_000).map { areEqual ? "a" : "\($0)" }.joined(separator: "&"))
        let took = processorTime { #expect(query.filter.keys.count == (areEqual ? 1 : 32_000)) }
        #expect(took < .seconds(10), "\(took)")
    }

    @Test func queriesAreRead() {
        let query = RestQuery(
            "a=1&b=x%20y+z&c&a=2&skip=3&take=5&total=true&sort=n=true,m&trace_id=t&%C3%A9=%e2%82%ac&bad=%zz")
        #expect(query["a"] == "1,2")
        #expect(query["b"] == "x y z")
        #expect(query["c"] == "")
        #expect(query["é"] == "€")
        #expect(query["bad"] == "%zz")
        #expect(query.paging == PagingParams(skip: 3, take: 5, total: true))
        #expect(query.sort == SortParams(SortField("n"), SortField("m", ascending: false)))
        #expect(query.filter.keys == ["a", "b", "c", "é", "bad"])
        #expect(query.filter["a"] == "1,2")
        #expect(RestQuery("filter=k%3Dv%3Bx%3Dy&other=1").filter == ["k": "v", "x": "y"])
    }
}
