import Foundation
import PipServices
import PipServicesTesting
import Testing

/// Filters, sorts and indexes of fields that are not strings, numbers or Booleans.
@Suite struct FieldTypeTests {
    // Neither conforms to `FieldValue`.
    enum Kind: String, Codable, CaseIterable, Sendable { case small, large }
    struct Code: RawRepresentable, Codable, Sendable, Hashable { var rawValue: Int }

    struct Sale: Codable, StringIdentifiable, Sendable {
        var id: String
        var price: Decimal
        var link: URL
        var number: UUID
        var span: Duration
        var at: Date
        var kind: Kind
        var other: Kind?
        var kinds: [Kind]
        var code: Code

        static let priceField = Field("price", \Sale.price)
        static let linkField = Field("link", \Sale.link)
        static let numberField = Field("number", \Sale.number)
        static let spanField = Field("span", \Sale.span)
        static let atField = Field("at", \Sale.at)
        static let kindField = Field("kind", \Sale.kind)
        static let otherField = Field("other", \Sale.other)
        static let kindsField = Field("kinds", \Sale.kinds)
        static let codeField = Field("code") { (sale: Sale) in sale.code }

        init(_ id: Int, price: String) {
            self.id = "\(id)"
            self.price = Decimal(string: price) ?? .nan
            link = URL(fileURLWithPath: "/\(id)")
            number = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(id)))
            span = .seconds(id)
            // Microseconds, as from a clock.
            at = Date(timeIntervalSince1970: Double(id) + 0.000_4)
            kind = id < 3 ? .small : .large
            other = id < 3 ? nil : .large
            kinds = id < 3 ? [] : [.small, .large]
            code = Code(rawValue: id)
        }
    }

    private static let sales = [
        Sale(1, price: "0.1"), Sale(2, price: "0.10000000000000000001"), Sale(3, price: "12345678901234567890.5"),
        Sale(4, price: "2"),
    ]

    private func store(indexed: Bool) async throws -> IdentifiableMemoryPersistence<Sale> {
        let indexes: [ItemIndex<Sale>] = [
            .ordered(Sale.priceField), .hash(Sale.numberField), .ordered(Sale.atField), .hash(Sale.kindField),
            .hash(Sale.kindsField), .ordered(Sale.codeField),
        ]
        let store = try await assemble(IdentifiableMemoryPersistence<Sale>(indexes: indexed ? indexes : []))
        try await store.createMany(.empty, Self.sales)
        return store
    }

    @Test(arguments: [false, true]) func filtersFindThem(indexed: Bool) async throws {
        let store = try await store(indexed: indexed)
        let sale = Self.sales[2]
        let small = try #require(Decimal(string: "0.1"))
        let asked: [(Filter<Sale>, [String])] = [
            (Sale.priceField == sale.price, ["3"]), (Sale.priceField > small, ["2", "3", "4"]),
            (Sale.priceField <= small, ["1"]), (Sale.linkField == sale.link, ["3"]),
            (Sale.numberField == sale.number, ["3"]), (Sale.spanField >= .seconds(3), ["3", "4"]),
            (Sale.kindField == .large, ["3", "4"]), (Sale.kindField.isIn([.small]), ["1", "2"]),
            (Sale.otherField == .large, ["3", "4"]), (Sale.otherField.isNull, ["1", "2"]),
            (Sale.kindsField.includes(.small), ["3", "4"]), (Sale.codeField > Code(rawValue: 3), ["4"]),
            // By the returned value, which has microseconds, and by the value that a caller saw in JSON.
            (Sale.atField == sale.at, ["3"]), (Sale.atField == Date(timeIntervalSince1970: 3), ["3"]),
        ]
        for (filter, ids) in asked {
            #expect(store.getList(.empty, where: filter).map(\.id) == ids, "\(filter.expression)")
        }
        #expect(store.getList(.empty, sortedBy: Sale.priceField.ascending).map(\.id) == ["1", "2", "4", "3"])
    }

    @Test("A file and its journal keep exact numbers and URLs") func filesKeepThem() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-files-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "sales.json").path
        // The first one is never closed, as in a process that is killed: a copy of its files is opened.
        let first = try await assemble(IdentifiableFilePersistence<Sale>(path: path))
        try await first.open(.empty)
        try await first.createMany(.empty, Self.sales)
        let copy = folder.appending(path: "copy.json").path
        for end in ["", ".journal"] where FileManager.default.fileExists(atPath: path + end) {
            try FileManager.default.copyItem(atPath: path + end, toPath: copy + end)
        }
        try await first.close(.empty)
        for file in [path, copy] {
            let store = try await assemble(IdentifiableFilePersistence<Sale>(path: file))
            try await store.open(.empty)
            let found = store.getList(.empty)
            #expect(found.map(\.price) == Self.sales.map(\.price))
            #expect(found.map(\.link) == Self.sales.map(\.link))
            #expect(store.getList(.empty, where: Sale.priceField == Self.sales[1].price).map(\.id) == ["2"])
            #expect(store.getList(.empty, where: Sale.linkField == Self.sales[2].link).map(\.id) == ["3"])
            try await store.close(.empty)
            let text = try String(contentsOf: URL(filePath: file), encoding: .utf8)
            for price in ["0.1", "0.10000000000000000001", "12345678901234567890.5", "2"] {
                #expect(text.contains("\"price\":\(price),"), "\(price) in \(text)")
            }
            #expect(text.contains(#""link":"file:///3""#), "\(text)")
        }
    }

    @Test func requestsAskForThem() throws {
        let rules = FilterRules<Sale>(
            .equals(Sale.priceField), .equals(Sale.numberField), .equals(Sale.kindField), .oneOf(Sale.otherField),
            .includes(Sale.kindsField), .equals(Sale.codeField), .atLeast(Sale.spanField, key: "span_from"))
        let asked: [(FilterParams, [String])] = [
            (["price": "12345678901234567890.50"], ["3"]), (["price": "0.10000000000000000001"], ["2"]),
            (["number": "00000000-0000-0000-0000-000000000003"], ["3"]), (["kind": "large"], ["3", "4"]),
            (["other": "small,large"], ["3", "4"]), (["kinds": "large"], ["3", "4"]), (["code": "3"], ["3"]),
            (["span_from": "4000"], ["4"]),
        ]
        for (params, ids) in asked {
            let filter = try rules.filter(.empty, params)
            #expect(Self.sales.filter { filter.matches($0) }.map(\.id) == ids, "\(params)")
        }
        let error = #expect(throws: ApplicationError.self) { try rules.filter(.empty, ["kind": "huge"]) }
        #expect(error?.message.contains("one of small, large") == true)
    }
}
