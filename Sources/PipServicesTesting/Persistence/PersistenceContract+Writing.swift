import FoundationEssentials
import PipServices

extension PersistenceContract {
    static var reading: [Case] { basicReading + roundTrips + strangeRoundTrips }

    private static let basicReading: [Case] = [
        Case("an empty store returns nothing") { run in
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: nil, "getOneById")
            try run.expect(try await list(run), equals: [], "getList")
            try run.expect(try await run.subject.getCount(run.context, where: .all), equals: 0, "getCount")
            try run.expect(try await run.subject.getOneRandom(run.context, where: .all), equals: nil, "getOneRandom")
            try run.expect(
                try await run.subject.getOne(run.context, where: PersistenceItem.keyField == "A"), equals: nil, "getOne"
            )
            try run.expect(try await run.subject.getListByIds(run.context, ["1"]), equals: [], "getListByIds")
            let page = try await run.subject.getPage(
                run.context, where: .all, paging: PagingParams(total: true), sortedBy: .stored)
            try run.expect(page, equals: DataPage([], total: 0), "page")
        },
        Case("items are read in the order of their ids; missing ones are omitted, repeated ones repeated") { run in
            try await fill(run)
            let found = try await run.subject.getListByIds(run.context, ["3", "none", "1", "3", ""])
            try run.expect(ids(found), equals: ["3", "1", "3"], "ids")
            try run.expect(try await run.subject.getListByIds(run.context, []), equals: [], "no ids")
        },
        Case("ids are case-sensitive and compared as a whole") { run in
            try await run.subject.create(run.context, PersistenceItem(id: "a", key: "x"))
            try run.expect(try await run.subject.getOneById(run.context, "A"), equals: nil, "A")
            try run.expect(try await run.subject.getOneById(run.context, "a "), equals: nil, "a and a blank")
        },
        Case("getOne returns the first stored item that matches") { run in
            try await fill(run)
            let found = try await run.subject.getOne(run.context, where: PersistenceItem.keyField == "C")
            try run.expect(found?.id, equals: "8", "id")
        },
        Case("a random item matches the filter, and any match is possible") { run in
            try await fill(run)
            var seen: Set<String> = []
            for _ in 0..<200 {
                let item = try await run.subject.getOneRandom(run.context, where: PersistenceItem.keyField == "C")
                if let item { seen.insert(item.id) }
            }
            try run.expect(seen, equals: ["8", "9", "a"], "ids")
        },
        Case("a random item where the filter holds for none") { run in
            try await fill(run)
            try run.expect(
                try await run.subject.getOneRandom(run.context, where: PersistenceItem.keyField == "Z"), equals: nil,
                "item")
        },
    ]

    private static let roundTrips: [Case] = PersistenceItem.samples.map { sample in
        Case("item \(sample.id) is returned as it was stored") { run in
            try run.expect(try await run.subject.create(run.context, sample), equals: sample, "create")
            try run.expect(try await run.subject.getOneById(run.context, sample.id), equals: sample, "getOneById")
            try run.expect(try await list(run), equals: [sample], "getList")
        }
    }

    private static let strangeRoundTrips: [Case] = strangeTexts.map { text in
        Case("any string can be an id and a value: \(text.debugDescription.prefix(30))") { run in
            var item = PersistenceItem(id: text, key: text)
            item.tags = [text]
            try await run.subject.create(run.context, item)
            try run.expect(try await run.subject.getOneById(run.context, text), equals: item, "by id")
            try run.expect(try await list(run, PersistenceItem.keyField == text), equals: [item], "by key")
            try run.expect(try await list(run, PersistenceItem.tagsField.includes(text)), equals: [item], "by tag")
            try run.expect(try await run.subject.deleteById(run.context, text), equals: item, "delete")
        }
    }

    private static let strangeTexts = [
        " ", "a.b", "$where", "{\"a\":1}", "'; drop table items; --", "null", "0", "\u{0}", "\n\r\t", "🌍", "\u{202E}x",
        "%s%n", "../../x", "*", String(repeating: "x", count: 1000), "\"", "\\", "e\u{301}",
    ]

    static let writing: [Case] = [
        Case("an empty id is replaced by a new one") { run in
            let one = try await run.subject.create(run.context, PersistenceItem(key: "x"))
            let two = try await run.subject.create(run.context, PersistenceItem(key: "x"))
            try run.expect(!one.id.isEmpty && !two.id.isEmpty && one.id != two.id, "ids are \(one.id) and \(two.id)")
            try run.expect(try await run.subject.getOneById(run.context, one.id), equals: one, "getOneById")
        },
        Case("a duplicate id is rejected and the existing item kept") { run in
            let item = try await run.subject.create(run.context, PersistenceItem(id: "1", key: "x"))
            try await run.expect(code: "ALREADY_EXISTS") {
                try await run.subject.create(run.context, PersistenceItem(id: "1", key: "y"))
            }
            try run.expect(try await list(run), equals: [item], "items")
        },
        Case("several items are created in their order") { run in
            let created = try await run.subject.createMany(run.context, PersistenceItem.samples)
            try run.expect(created, equals: PersistenceItem.samples, "created")
            try run.expect(try await list(run), equals: PersistenceItem.samples, "items")
        },
        Case("several items are created all or none: an id exists") { run in
            try await run.subject.create(run.context, PersistenceItem(id: "3", key: "x"))
            try await run.expect(code: "ALREADY_EXISTS") {
                try await run.subject.createMany(run.context, PersistenceItem.samples)
            }
            try run.expect(ids(try await list(run)), equals: ["3"], "ids")
        },
        Case("several items are created all or none: an id is repeated") { run in
            try await run.expect(code: "ALREADY_EXISTS") {
                try await run.subject.createMany(
                    run.context, [PersistenceItem(id: "1", key: "x"), PersistenceItem(id: "1", key: "y")])
            }
            try run.expect(try await list(run), equals: [], "items")
        },
        Case("none are created") { run in
            try run.expect(try await run.subject.createMany(run.context, []), equals: [], "created")
            try run.expect(try await run.subject.setMany(run.context, []), equals: [], "set")
        },
        Case("several items without ids are created") { run in
            let created = try await run.subject.createMany(
                run.context, [PersistenceItem(key: "x"), PersistenceItem(key: "y")])
            try run.expect(Set(created.map(\.id)).count, equals: 2, "ids")
        },
        Case("an item is created once by its key") { run in
            let filter = PersistenceItem.keyField == "k"
            let one = try await run.subject.createOnce(run.context, PersistenceItem(key: "k"), unless: filter)
            let two = try await run.subject.createOnce(run.context, PersistenceItem(key: "k"), unless: filter)
            try run.expect(two, equals: one, "second")
            try run.expect(try await list(run), equals: [one], "items")
        },
        Case("an item is created once by its id") { run in
            let one = try await run.subject.createOnce(run.context, PersistenceItem(id: "1", key: "k"))
            let two = try await run.subject.createOnce(run.context, PersistenceItem(id: "1", key: "other"))
            try run.expect(two, equals: one, "second")
        },
        Case("createOnce rejects an existing id that the filter does not match") { run in
            try await fill(run)
            try await run.expect(code: "ALREADY_EXISTS") {
                try await run.subject.createOnce(
                    run.context, PersistenceItem(id: "1", key: "new"), unless: PersistenceItem.keyField == "new")
            }
        },
        Case("set adds a new item and replaces an existing one in place") { run in
            for id in ["1", "2", "3"] { try await run.subject.set(run.context, PersistenceItem(id: id, key: "x")) }
            let changed = PersistenceItem(id: "2", key: "changed")
            try run.expect(try await run.subject.set(run.context, changed), equals: changed, "set")
            try run.expect((try await list(run)).map(\.key), equals: ["x", "changed", "x"], "keys")
        },
        Case("set generates a missing id") { run in
            let item = try await run.subject.set(run.context, PersistenceItem(key: "x"))
            try run.expect(!item.id.isEmpty, "the id is empty")
        },
        Case("several items are set together") { run in
            try await fill(run)
            try await run.subject.setMany(
                run.context, [PersistenceItem(id: "1", key: "n"), PersistenceItem(id: "z", key: "n")])
            try run.expect(
                sorted(try await list(run, PersistenceItem.keyField == "n")), equals: ["1", "z"], "ids")
        },
        Case("update replaces all of an item") { run in
            try await fill(run)
            let changed = PersistenceItem(id: "1", key: "changed")
            try run.expect(try await run.subject.update(run.context, changed), equals: changed, "update")
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: changed, "getOneById")
        },
        Case("updating a missing item does nothing") { run in
            try run.expect(
                try await run.subject.update(run.context, PersistenceItem(id: "1", key: "x")), equals: nil, "update")
            try run.expect(
                try await run.subject.update(run.context, PersistenceItem(key: "x")), equals: nil, "without an id")
            try run.expect(try await list(run), equals: [], "items")
        },
        Case("filters see the new values of an update, not the old ones") { run in
            try await fill(run)
            try await run.subject.update(run.context, PersistenceItem(id: "1", key: "new"))
            try run.expect(ids(try await list(run, PersistenceItem.keyField == "A")), equals: ["2"], "old")
            try run.expect(ids(try await list(run, PersistenceItem.keyField == "new")), equals: ["1"], "new")
            try run.expect(
                ids(try await list(run, PersistenceItem.tagsField.includes("red"))), equals: ["2", "6", "9"], "tags")
        },
        Case("a partial update changes only the given fields") { run in
            try await fill(run)
            let changed = try await run.subject.updatePartially(run.context, "1", ["name": "New", "number": nil])
            var expected = PersistenceItem.samples[0]
            expected.name = "New"
            expected.number = nil
            try run.expect(changed, equals: expected, "changed")
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: expected, "stored")
        },
        Case("a partial update replaces nested objects and lists as a whole") { run in
            try await fill(run)
            let changed = try await run.subject.updatePartially(
                run.context, "1", ["place": ["floor": 7], "tags": ["new"]])
            try run.expect(changed?.place?.city, equals: nil, "city")
            try run.expect(changed?.place?.floor, equals: 7, "floor")
            try run.expect(changed?.tags, equals: ["new"], "tags")
        },
        Case("a partial update without fields, or of a missing item") { run in
            try await fill(run)
            try run.expect(
                try await run.subject.updatePartially(run.context, "1", [:]), equals: PersistenceItem.samples[0],
                "nothing")
            try run.expect(
                try await run.subject.updatePartially(run.context, "none", ["key": "x"]), equals: nil, "not there")
        },
        Case("an invalid partial update is rejected and the item kept") { run in
            try await fill(run)
            let bad: [AnyValueMap] = [["key": nil], ["key": 5], ["tags": "x"], ["place": [1]], ["number": "many"]]
            for data in bad {
                try await run.expect(code: "INVALID_DATA") {
                    try await run.subject.updatePartially(run.context, "1", data)
                }
            }
            try run.expect(
                try await run.subject.getOneById(run.context, "1"), equals: PersistenceItem.samples[0], "stored")
        },
        Case("a partial update ignores unknown fields") { run in
            try await fill(run)
            try run.expect(
                try await run.subject.updatePartially(run.context, "1", ["nonsense": 1]),
                equals: PersistenceItem.samples[0], "item")
        },
        Case("delete returns the item once") { run in
            try await fill(run)
            try run.expect(
                try await run.subject.deleteById(run.context, "1"), equals: PersistenceItem.samples[0], "first")
            try run.expect(try await run.subject.deleteById(run.context, "1"), equals: nil, "second")
            try run.expect(try await run.subject.getOneById(run.context, "1"), equals: nil, "getOneById")
            try run.expect(
                try await run.subject.getCount(run.context, where: .all), equals: PersistenceItem.samples.count - 1,
                "count")
        },
        Case("items are deleted by id; missing and repeated ids are ignored") { run in
            try await fill(run)
            try await run.subject.deleteByIds(run.context, ["1", "none", "3", "1"])
            try run.expect(
                sorted(try await list(run)), equals: ["2", "4", "5", "6", "7", "8", "9", "a"], "ids")
            try await run.subject.deleteByIds(run.context, [])
        },
        Case("a deleted item can be created again, at the end") { run in
            try await fill(run)
            try await run.subject.deleteById(run.context, "1")
            try await run.subject.create(run.context, PersistenceItem.samples[0])
            try run.expect(ids(try await list(run)).last, equals: "1", "last")
        },
        Case("clear removes everything") { run in
            try await fill(run)
            try await run.subject.clear(run.context)
            try run.expect(try await list(run), equals: [], "items")
            try run.expect(try await list(run, PersistenceItem.keyField == "A"), equals: [], "by key")
            try await fill(run)
            try run.expect(try await list(run), equals: PersistenceItem.samples, "again")
        },
    ]
}
