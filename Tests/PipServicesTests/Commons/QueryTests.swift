import PipServices
import PipServicesTesting
import Testing

@Suite struct QueryTests {
    @Test(arguments: [
        ("a,b", ["a", "b"]), ("a(b,c(d))", ["a.b", "a.c.d"]), (" a , b(c) ,d", ["a ", "b.c", "d"]), ("", []),
        ("a(b", []), ("a,b(c", ["a"]), ("a)b,c", ["a)b,c"]), ("a)(b,c", ["a)(b", "c"]), ("(a)", ["a"]), (",,a", ["a"]),
        ("ä(ö)", ["ä.ö"]), ("\t\r\na,\u{B}\u{C}b\t", ["a", "b"]), ("\u{8}a,\u{E}b", ["\u{8}a", "\u{E}b"]),
    ])
    func projectionsAreParsed(text: String, fields: [String]) throws {
        #expect(try ProjectionParams(parsing: text).fields == fields)
    }

    @Test func projectionsHaveLimits() throws {
        let deep = String(repeating: "a(", count: 100) + "b" + String(repeating: ")", count: 100)
        #expect(try ProjectionParams(parsing: deep).fields.count == 1)
        let deeper = failure("a(\(deep))")
        #expect(deeper?.code == "TOO_DEEP")
        let prefix = String(repeating: "p", count: 50_000)
        for inner in ["b,", "b(),"] {
            let large = failure("\(prefix)(\(String(repeating: inner, count: 10_000)))")
            #expect(large?.code == "TOO_LARGE")
        }
    }

    private func failure(_ text: String) -> ApplicationError? {
        #expect(throws: ApplicationError.self) { try ProjectionParams(parsing: text) }
    }

    @Test func projectionsTravelAsLists() throws {
        let params: ProjectionParams = ["a", "b.c"]
        #expect(try AnyValue(encoding: params) == ["a", "b.c"])
        #expect(try (["a", 5, nil] as AnyValue).decode(ProjectionParams.self) == ["a", "5"])
        #expect(params.description == "a,b.c")
    }

    @Test("A page keeps a total of zero, and a negative total means none") func pagesTravel() throws {
        let page = DataPage(["a"], total: 0)
        #expect(try AnyValue(encoding: page) == ["data": ["a"], "total": 0])
        #expect(try AnyValue(encoding: DataPage(["a"])) == ["data": ["a"], "total": nil])
        #expect(try AnyValue.map(["data": ["a"], "total": 0]).decode(DataPage<String>.self) == page)
        #expect(try AnyValue.map(["data": ["a"], "total": -1]).decode(DataPage<String>.self) == DataPage(["a"]))
        #expect(try AnyValue.map([:]).decode(DataPage<String>.self) == DataPage([]))
        let empty = try AnyValue.map(["total": 0]).decode(TokenizedDataPage<String>.self)
        #expect(empty == TokenizedDataPage([], token: nil, total: 0))
    }

    @Test("The bounds of a page are limited") func pagesHaveBounds() throws {
        #expect(PagingParams(take: 0).take == nil && PagingParams(take: 1).take == 1)
        #expect(TokenizedPagingParams(take: 0).take == nil && TokenizedPagingParams(take: 1).take == 1)
        #expect(PagingParams(["SKIP": "2", "Take": 3, "total": "yes"]) == PagingParams(skip: 2, take: 3, total: true))
        #expect(PagingParams("x") == PagingParams() && !PagingParams().total)
        #expect([nil, 2, 4].map { PagingParams(skip: $0).getSkip(3) } == [3, 3, 4])
        #expect([nil, -1, 4, 6].map { PagingParams(take: $0).getTake(5) } == [5, 0, 4, 5])
        #expect([nil, -1, 4, 6].map { TokenizedPagingParams(take: $0).getTake(5) } == [5, 0, 4, 5])
        #expect(try AnyValue(encoding: PagingParams(skip: 1)) == ["skip": 1, "take": nil, "total": false])
        let arguments = try AnyValue.map(["filter": nil]).decode(PageArguments.self)
        #expect(arguments.filter.isEmpty && arguments.paging == PagingParams())
    }

    @Test func tokenizedPagesTravel() throws {
        let page = TokenizedDataPage([1, 2], token: "t", total: nil)
        #expect(try AnyValue(encoding: page) == ["data": [1, 2], "token": "t", "total": nil])
        let read = try (["data": [1, 2], "token": "t", "total": -1] as AnyValue).decode(TokenizedDataPage<Int>.self)
        #expect(read == page)
        let paging = TokenizedPagingParams(["Token": 5, "TAKE": "7"])
        #expect(paging == TokenizedPagingParams(token: "5", take: 7))
        #expect(try AnyValue(encoding: paging) == ["token": "5", "take": 7, "total": false])
        #expect(paging.getTake(5) == 5 && TokenizedPagingParams(take: .min).getTake(5) == 0)
    }

    @Test func sortParametersTravel() throws {
        let sort = try ([["name": "a"], ["name": "b", "ascending": false]] as AnyValue).decode(SortParams.self)
        #expect(sort == SortParams(SortField("a"), SortField("b", ascending: false)))
    }

    @Test func hostileProjectionsHoldOut() {
        let seed: UInt64 = 90_210
        print("hostile projections: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let parts = ["(", ")", ",", " ", "a", "b.c", "ü", "()", "(("]
        for _ in 0..<5_000 {
            let text = (0..<random.next(in: 0..<300)).map { _ in parts[random.next(in: 0..<parts.count)] }.joined()
            do throws(ApplicationError) {
                let fields = try ProjectionParams(parsing: text).fields
                #expect(fields.allSatisfy { !$0.isEmpty })
                #expect(fields.reduce(0) { $0 + $1.utf8.count } <= 65_536 + 16 * text.utf8.count)
            } catch {
                #expect(["TOO_DEEP", "TOO_LARGE"].contains(error.code))
            }
        }
    }
}
