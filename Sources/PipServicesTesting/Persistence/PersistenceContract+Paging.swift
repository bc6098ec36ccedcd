import PipServices

extension PersistenceContract {
    private static let orders: [(name: String, order: Sort<PersistenceItem>, ids: [String])] = [
        ("as stored", .stored, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "a"]),
        ("text", PersistenceItem.keyField.ascending, ["7", "5", "6", "1", "2", "3", "4", "8", "9", "a"]),
        ("text, backwards", PersistenceItem.keyField.descending, ["a", "9", "8", "4", "3", "2", "1", "6", "5", "7"]),
        (
            "text by code points, null first", PersistenceItem.nameField.ascending,
            ["4", "7", "5", "1", "3", "a", "2", "8", "9", "6"]
        ),
        (
            "number, null first", PersistenceItem.numberField.ascending,
            ["4", "8", "7", "1", "2", "3", "a", "6", "5", "9"]
        ),
        (
            "number, backwards, null last", PersistenceItem.numberField.descending,
            ["9", "5", "6", "a", "3", "2", "1", "7", "8", "4"]
        ),
        ("fraction", PersistenceItem.amountField.ascending, ["3", "8", "5", "4", "7", "6", "1", "2", "a", "9"]),
        ("truth value", PersistenceItem.activeField.ascending, ["3", "7", "a", "2", "5", "8", "1", "4", "6", "9"]),
        ("date", PersistenceItem.timeField.ascending, ["3", "7", "6", "5", "1", "9", "4", "2", "a", "8"]),
        ("nested", PersistenceItem.cityField.ascending, ["3", "5", "7", "1", "2", "a", "4", "9", "8", "6"]),
        (
            "two fields", PersistenceItem.keyField.ascending.then(PersistenceItem.numberField.ascending),
            ["7", "5", "6", "1", "2", "4", "3", "8", "a", "9"]
        ),
        (
            "two fields, two ways", PersistenceItem.keyField.descending.then(PersistenceItem.numberField.ascending),
            ["8", "a", "9", "4", "3", "1", "2", "6", "5", "7"]
        ),
        (
            "by a request's names", Sort(SortParams(SortField("number", ascending: false))),
            ["9", "5", "6", "a", "3", "2", "1", "7", "8", "4"]
        ),
        (
            "by an unknown field", Sort(SortParams(SortField("nonsense"))),
            ["1", "2", "3", "4", "5", "6", "7", "8", "9", "a"]
        ),
    ]

    static let sorting: [Case] = orders.flatMap { name, order, expected in
        [
            Case("sort: \(name)") { run in
                try await fill(run)
                let found = try await run.subject.getList(run.context, where: .all, sortedBy: order)
                try run.expect(ids(found), equals: expected, "list")
                try run.expect(ids(try await list(run)), equals: orders[0].ids, "the stored order")
            },
            Case("sorted pages hold each item once: \(name)") { run in
                try await fill(run)
                var found: [String] = []
                for skip in stride(from: 0, to: 12, by: 3) {
                    let page = try await run.subject.getPage(
                        run.context, where: .all, paging: PagingParams(skip: Int64(skip), take: 3), sortedBy: order)
                    found += ids(page.data)
                }
                try run.expect(found, equals: expected, "pages")
            },
            Case("sorted pages by token hold each item once: \(name)") { run in
                try await fill(run)
                try run.expect(try await byToken(run, .all, order, take: 3), equals: expected, "pages")
                let filter = PersistenceItem.keyField != "C"
                let rest = expected.filter { !["8", "9", "a"].contains($0) }
                try run.expect(try await byToken(run, filter, order, take: 2), equals: rest, "filtered pages")
            },
        ]
    }

    static var paging: [Case] { cuts + pages + badTokens }

    private static let cutParams: [(paging: PagingParams, count: Int, total: Int64?)] = [
        (PagingParams(), 10, nil), (PagingParams(total: true), 10, 10), (PagingParams(skip: 4), 6, nil),
        (PagingParams(take: 4), 4, nil), (PagingParams(skip: 8, take: 4, total: true), 2, 10),
        (PagingParams(skip: 10), 0, nil), (PagingParams(skip: 1000, total: true), 0, 10),
        (PagingParams(skip: -5, take: 2), 2, nil), (PagingParams(take: -5, total: true), 0, 10),
        (PagingParams(take: 0), 10, nil), (PagingParams(skip: .max, take: .max), 0, nil),
        (PagingParams(skip: .min, take: .max, total: true), 10, 10),
    ]

    private static let cuts: [Case] = cutParams.enumerated().map { number, cut in
        let (paging, count, total) = cut

        return Case("page \(number): skip \(paging.skip ?? 0), take \(paging.take ?? 0), total \(paging.total)") {
            run in
            try await fill(run)
            let page = try await run.subject.getPage(run.context, where: .all, paging: paging, sortedBy: .stored)
            try run.expect(page.data.count, equals: count, "items")
            try run.expect(page.total, equals: total, "total")
        }
    }

    private static let pages: [Case] = [
        Case("a page is never larger than the store allows") { run in
            try await run.subject.createMany(run.context, (0..<150).map { PersistenceItem(id: "\($0)", key: "x") })
            for paging in [PagingParams(total: true), PagingParams(take: 1000, total: true)] {
                let page = try await run.subject.getPage(run.context, where: .all, paging: paging, sortedBy: .stored)
                try run.expect(page.data.count, equals: 100, "items")
                try run.expect(page.total, equals: 150, "total")
            }
            let tokens = try await run.subject.getPage(
                run.context, where: .all, paging: TokenizedPagingParams(take: 1000), sortedBy: .stored)
            try run.expect(tokens.data.count, equals: 100, "items by token")
        },
        Case("a list has all items, however many") { run in
            try await run.subject.createMany(run.context, (0..<150).map { PersistenceItem(id: "\($0)", key: "x") })
            try run.expect((try await list(run)).count, equals: 150, "items")
        },
        Case("a page by token continues after the previous one, despite changes in between") { run in
            try await fill(run)
            let order = PersistenceItem.keyField.ascending
            let first = try await run.subject.getPage(
                run.context, where: .all, paging: TokenizedPagingParams(take: 4), sortedBy: order)
            try run.expect(ids(first.data), equals: ["7", "5", "6", "1"], "first page")
            try await run.subject.deleteByIds(run.context, ["1", "3"])
            try await run.subject.create(run.context, PersistenceItem(id: "b", key: "0"))
            try await run.subject.create(run.context, PersistenceItem(id: "c", key: "Z"))
            let rest = try await run.subject.getPage(
                run.context, where: .all, paging: TokenizedPagingParams(token: first.token), sortedBy: order)
            try run.expect(ids(rest.data), equals: ["2", "4", "8", "9", "a", "c"], "rest")
            try run.expect(rest.token, equals: nil, "last token")
        },
        Case("the total of a page by token is that of all items") { run in
            try await fill(run)
            let page = try await run.subject.getPage(
                run.context, where: PersistenceItem.keyField == "C",
                paging: TokenizedPagingParams(take: 1, total: true), sortedBy: .stored)
            try run.expect(page.total, equals: 3, "total")
        },
        Case("a full last page has no token") { run in
            try await fill(run)
            let page = try await run.subject.getPage(
                run.context, where: .all, paging: TokenizedPagingParams(take: 10), sortedBy: .stored)
            try run.expect(page.token, equals: nil, "token")
        },
        Case("a token of another filter or order is rejected") { run in
            try await fill(run)
            let page = try await run.subject.getPage(
                run.context, where: .all, paging: TokenizedPagingParams(take: 1), sortedBy: .stored)
            let paging = TokenizedPagingParams(token: page.token)
            try await run.expect(code: "BAD_TOKEN") {
                _ = try await run.subject.getPage(
                    run.context, where: PersistenceItem.keyField == "A", paging: paging, sortedBy: .stored)
            }
            try await run.expect(code: "BAD_TOKEN") {
                _ = try await run.subject.getPage(
                    run.context, where: .all, paging: paging, sortedBy: PersistenceItem.keyField.ascending)
            }
        },
        Case("fields are selected by their paths") { run in
            try await fill(run)
            let page = try await run.subject.getPage(
                run.context, where: PersistenceItem.keyField == "A", paging: PagingParams(total: true),
                sortedBy: .stored, fields: ["id", "place.city", "nonsense"])
            try run.expect(
                page.data,
                equals: [["id": "1", "place": ["city": "Berlin"]], ["id": "2", "place": ["city": "Berlin"]]],
                "items")
            try run.expect(page.total, equals: 2, "total")
        },
        Case("no fields mean all of them") { run in
            try await fill(run)
            let page = try await run.subject.getPage(
                run.context, where: PersistenceItem.keyField == "", paging: PagingParams(), sortedBy: .stored,
                fields: [])
            try run.expect(page.data.first?["number"], equals: 0, "number")
            try run.expect(page.data.first?["tags"], equals: [""], "tags")
        },
    ]

    private static let badTokens: [Case] = [
        "x", "e30=", "W10=", "WzEsMiwzLDRd", String(repeating: "A", count: 200_000), "\u{0}",
    ]
    .map { token in
        Case("an invalid token is rejected: \(token.debugDescription.prefix(20))") { run in
            try await fill(run)
            try await run.expect(code: "BAD_TOKEN") {
                _ = try await run.subject.getPage(
                    run.context, where: .all, paging: TokenizedPagingParams(token: token), sortedBy: .stored)
            }
        }
    }

    private static func byToken(
        _ run: Run, _ filter: Filter<PersistenceItem>, _ order: Sort<PersistenceItem>, take: Int64
    ) async throws -> [String] {
        var found: [String] = []
        var paging = TokenizedPagingParams(take: take)
        // More rounds than possible pages: an invalid token must not cause an endless loop.
        for _ in 0..<20 {
            let page = try await run.subject.getPage(run.context, where: filter, paging: paging, sortedBy: order)
            found += ids(page.data)
            guard let token = page.token else { return found }
            paging.token = token
        }
        return found
    }

    static let concurrent: [Case] = [
        Case("an id is created by one task only") { run in
            let winners = await count(8) {
                try await run.subject.create(run.context, PersistenceItem(id: "1", key: "x"))
            }
            try run.expect(winners, equals: 1, "how many created it")
        },
        Case("a key is created once by many tasks") { run in
            let done = await count(8) {
                try await run.subject.createOnce(
                    run.context, PersistenceItem(key: "k"), unless: PersistenceItem.keyField == "k")
            }
            try run.expect(done, equals: 8, "how many got it")
            try run.expect((try await list(run)).count, equals: 1, "items")
        },
        Case("an item is deleted by one task only") { run in
            try await fill(run)
            let deleted = Locked(0)
            _ = await count(8) {
                if try await run.subject.deleteById(run.context, "1") != nil { deleted.withLock { $0 += 1 } }
            }
            try run.expect(deleted.current, equals: 1, "how many got it")
        },
        Case("changes of many tasks are not lost") { run in
            let done = await count(8) {
                for _ in 0..<50 { try await run.subject.create(run.context, PersistenceItem(key: "x")) }
            }
            try run.expect(done, equals: 8, "tasks")
            try run.expect(
                try await run.subject.getCount(run.context, where: PersistenceItem.keyField == "x"), equals: 400,
                "count")
        },
        Case("partial updates of different fields are not lost") { run in
            try await run.subject.create(run.context, PersistenceItem(id: "1", key: "x"))
            let fields: [AnyValueMap] = [
                ["name": "n"], ["number": 1], ["amount": 2], ["active": true], ["tags": ["t"]],
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for data in fields {
                    group.addTask { try await run.subject.updatePartially(run.context, "1", data) }
                }
                try await group.waitForAll()
            }
            let item = try await run.subject.getOneById(run.context, "1")
            try run.expect(
                item?.name == "n" && item?.number == 1 && item?.amount == 2 && item?.active == true
                    && item?.tags == ["t"], "the item is \(String(describing: item))")
        },
        Case("readers see whole changes") { run in
            let ids = ["1", "2"]
            let torn = Locked(0)
            try await run.subject.setMany(run.context, ids.map { PersistenceItem(id: $0, key: "0") })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for round in 1...100 {
                        try await run.subject.setMany(run.context, ids.map { PersistenceItem(id: $0, key: "\(round)") })
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<100 where Set(try await list(run).map(\.key)).count != 1 {
                            torn.withLock { $0 += 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try run.expect(torn.current, equals: 0, "torn reads")
        },
    ]

    /// Runs concurrent tasks and returns the number of those that succeeded.
    private static func count(_ tasks: Int, _ body: @escaping @Sendable () async throws -> some Any) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    do {
                        _ = try await body()
                        return 1
                    } catch {
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
    }
}
