import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The documents that the server is asked with.
@Suite struct MongoDBFilterTests {
    private func query(_ filter: FilterExpression) throws -> AnyValueMap {
        try BSONDocument(try MongoDBFilter(context: .empty).query(filter)).values()
    }

    private func code(_ filter: FilterExpression) async -> String? {
        await DriverFixture.code { _ = try query(filter) }
    }

    @Test("A filter becomes a server query, never a client-side scan")
    func queries() throws {
        #expect(try query(.all) == [:])
        #expect(try query(.none) == ["_id": ["$in": []]])
        #expect(try query(.compare(path: "id", .equal, "1")) == ["_id": ["$eq": "1"]])
        #expect(try query(.compare(path: "a", .equal, .null)) == ["a": nil])
        #expect(try query(.compare(path: "a", .less, 5)) == ["a": ["$lt": 5]])
        #expect(try query(.compare(path: "a", .greaterOrEqual, .bool(true))) == ["a": ["$gte": true]])
        #expect(try query(.oneOf(path: "a", [1, "x", nil])) == ["a": ["$in": [1, "x", nil]]])
        let nested = try query(.oneOf(path: "a.b", [1, nil]))["$or"]?.array
        #expect(nested?.count == 2 && nested?.first == ["a.b": ["$in": [1]]])
        #expect(try query(.not(.compare(path: "a", .less, 5))) == ["$nor": [["a": ["$lt": 5]]]])
        #expect(
            try query(
                .and([
                    .compare(path: "a", .equal, 1),
                    .or([.compare(path: "b", .equal, 2), .compare(path: "c", .equal, 3)]),
                ]))
                == ["$and": [["a": ["$eq": 1]], ["$or": [["b": ["$eq": 2]], ["c": ["$eq": 3]]]]]])
        #expect(try query(.text(path: "a", .whole, "$x", ignoringCase: false)) == ["a": "$x"])
        #expect(try query(.text(path: "a", .prefix, "a.b*", ignoringCase: false)) == ["a": ["$regex": #"^a\x2eb\x2a"#]])
    }

    @Test("Comparisons that null and NaN never satisfy become an empty query")
    func nothing() throws {
        #expect(try query(.compare(path: "a", .lessOrEqual, .null)) == ["_id": ["$in": []]])
        #expect(try query(.compare(path: "a", .greaterOrEqual, .double(.nan))) == ["_id": ["$in": []]])
    }

    @Test("Filters that the server would evaluate differently are refused")
    func refusals() async throws {
        #expect(await code(.compare(path: "a", .equal, ["x": 1])) == "UNSUPPORTED_FILTER")
        #expect(await code(.compare(path: "a.b", .equal, [1, 2])) == "UNSUPPORTED_FILTER")
        #expect(await code(.compare(path: "a", .equal, [["x": 1]])) == "UNSUPPORTED_FILTER")
        #expect(await code(.compare(path: "a", .less, [1])) == "UNSUPPORTED_FILTER")
        #expect(await code(.oneOf(path: "a", [["x": 1]])) == "UNSUPPORTED_FILTER")
        let long = String(repeating: "x", count: 40_000)
        #expect(await code(.text(path: "a", .contains, long, ignoringCase: false)) == "UNSUPPORTED_FILTER")
        for path in ["", "a.", ".a", "a..b", "$where", "a.$b", "_id", "_order", "a\u{0}"] {
            #expect(await code(.compare(path: path, .equal, 1)) == "BAD_PATH", "\(path)")
        }
        var deep = FilterExpression.compare(path: "a", .equal, 1)
        for _ in 0..<10_000 { deep = .not(deep) }
        #expect(await code(deep) == "TOO_DEEP")
    }

    @Test("A pattern matches the same strings as the filter, even with unusual case mappings")
    func patterns() throws {
        let texts = [
            "", "a", "A", "aB", "Straße", "STRASSE", "ſ", "s", "K", "k", "İ", "i\u{307}", "i", "I", "ı", "ix", "İx",
            "xİ",
            "Σ", "σ", "ς", "Ä", "ä", "a\u{308}", "a\n", "\n", "a.b", "a*b", "[a]", "\u{0}", "x\u{307}", "\u{307}x", "🌍",
            "µ", "μ",
            "(", "\\", "^a$", "ẞ", "ß", "Ω", "ω",
        ]
        for wanted in texts {
            for match in FilterExpression.TextMatch.allCases {
                for ignoringCase in [true, false] {
                    let filter = FilterExpression.text(path: "a", match, wanted, ignoringCase: ignoringCase)
                    let pattern = MongoDBPattern(match, wanted, ignoringCase: ignoringCase).text
                    let expression = try NSRegularExpression(pattern: pattern.isEmpty ? "(?:)" : pattern)
                    for text in texts {
                        let found = expression.firstMatch(
                            in: text, range: NSRange(location: 0, length: text.utf16.count))
                        #expect(
                            (found != nil) == filter.matches(["a": .string(text)]),
                            "\(text.debugDescription) \(match) \(wanted.debugDescription) \(ignoringCase) by \(pattern)"
                        )
                    }
                }
            }
        }
    }

    @Test("A sort ends with a tie-breaker in the direction of its last field")
    func sorts() throws {
        func sort(_ fields: SortField...) throws -> AnyValueMap {
            try BSONDocument(try MongoDBSort(SortParams(fields), .empty).document).values()
        }
        #expect(try sort().keys == ["_order", "_id"])
        #expect(try sort(SortField("a", ascending: false)) == ["a": -1, "_order": -1, "_id": -1])
        #expect(try sort(SortField("a"), SortField("a", ascending: false)) == ["a": 1, "_order": 1, "_id": 1])
        #expect(try sort(SortField("id", ascending: false)) == ["_id": -1])
        let many = SortParams((0..<31).map { SortField("f\($0)") })
        #expect(throws: ApplicationError.self) { try MongoDBSort(many, .empty) }
    }

    @Test("A projection requests the fields, but not a field inside another")
    func projections() throws {
        func projection(_ paths: String...) throws -> AnyValueMap? {
            try MongoDBFind.projection(paths).map { try BSONDocument($0).values() }
        }
        #expect(try projection() == nil)
        #expect(try projection("id", "a.b", "a.b.c") == ["_id": 1, "a.b": 1])
        #expect(try projection("a.b", "a") == ["a": 1, "_id": 0])
        #expect(try projection("list.0.x") == ["list": 1, "_id": 0])
        #expect(try projection("$where") == ["_id": 1])
    }

    @Test("A forged or damaged token is rejected")
    func tokens() async throws {
        let token = MongoDBToken(values: [.value(1), .value("x"), .value(nil)])
        let text = try token.text(question: "q")
        #expect(try MongoDBToken(text, question: "q", count: 3, .empty).values.count == 3)
        for (text, question, count) in [
            (text, "other", 3), (text, "q", 2), ("x", "q", 3), ("", "q", 3), (String(text.dropLast(4)), "q", 3),
            (try MongoDBToken(values: [.value(["$gt": 1])]).text(question: "q"), "q", 1),
            (String(repeating: "A", count: 200_000), "q", 3),
        ] {
            let code = await DriverFixture.code { _ = try MongoDBToken(text, question: question, count: count, .empty) }
            #expect(code == "BAD_TOKEN")
        }
    }

    @Test("The query for the next page can use an index, and covers values of all types")
    func behind() throws {
        func behind(_ value: BSONValue, isAscending: Bool = true) throws -> AnyValueMap {
            let sort = try MongoDBSort(SortParams(SortField("a", ascending: isAscending)), .empty)
            return try BSONDocument(sort.query(behind: [value, .integer(7), .string("x")])).values()
        }
        func conditions(_ query: AnyValueMap) -> [AnyValue?] {
            (query["$or"] ?? query["$and"]?[1]?["$or"])?.array?.compactMap { $0["$and"]?.array }
                .filter { $0.count == 1 }.map { $0[0]["a"] } ?? []
        }
        let up = try behind(.string("m"))
        #expect(up["$and"]?[0] == ["a": ["$not": ["$lt": "m"]]])
        #expect(conditions(up).first == ["$gt": "m"])
        #expect(conditions(up).last??["$type"]?.array?.first == "object")
        let down = try behind(.string("m"), isAscending: false)
        #expect(down["$and"]?[0] == ["a": ["$not": ["$gt": "m"]]])
        let expected: [AnyValue?] = [["$lt": "m"], ["$type": ["number"]], .some(.null), ["$eq": []]]
        #expect(conditions(down) == expected)
        // Nothing but the empty list is before null, and null and NaN are no places in an index.
        let empty: [AnyValue?] = [["$eq": []]]
        let belowNull = conditions(try behind(.value(.null), isAscending: false))
        #expect(belowNull == empty)
        #expect(try behind(.value(.null))["$and"] == nil)
        for nan in [
            BSONValue.value(.double(.nan)), .raw(.double, [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]),
            .raw(.decimal128, [UInt8](repeating: 0, count: 15) + [0x7C]),
        ] {
            let above = conditions(try behind(nan))
            let below = conditions(try behind(nan, isAscending: false))
            #expect(above.first == ["$gte": .double(-.infinity)])
            #expect(below == [.some(.null)] + empty)
            #expect(try behind(nan)["$and"] == nil)
        }
        let number = conditions(try behind(.integer(5), isAscending: false))
        #expect(number.count == 4 && number[1]?["$eq"]?.isNaN == true)
    }
}
