import PipServicesTesting
import Testing

@testable import PipServices

/// For random filters, sorts and pages, indexes return the same results as a full scan.
@Suite(.ownThreads) struct FilterPropertyTests {
    private static let seed: UInt64 = 20_240_607
    private static let paths = ["a", "b", "c", "n.x", "none"]
    private static let values: [AnyValue] = [
        nil, 0, 1, -1, 1.0, 1.5, .double(.nan), .double(.infinity), .integer(.max), .integer(.min), "", "a", "A", "ab",
        "b", "\u{10FFFF}", "a\u{10FFFF}", "\u{D7FF}", "e\u{301}", "é", true, false, [], [1, "a"], ["a"], [[1]], [nil],
        ["x": 1],
    ]

    private struct Document: StringIdentifiable, Codable {
        var id: String
        var fields: AnyValue
    }

    private static func field(_ path: String) -> Field<Document, AnyValue> {
        let parts = DocumentPath(path)
        return Field(path) { parts.value(in: $0.fields) }
    }

    private static func expression(_ random: SeededRandom, depth: Int = 3) -> FilterExpression {
        func pick<Value>(_ values: [Value]) -> Value { values[random.next(in: 0..<values.count)] }
        let kind = random.next(in: 0..<(depth > 0 ? 7 : 4))
        switch kind {
        case 0, 1: return .compare(path: pick(paths), pick(FilterExpression.Comparison.allCases), pick(values))
        case 2: return .oneOf(path: pick(paths), (0..<random.next(in: 0..<4)).map { _ in pick(values) })
        case 3:
            return .text(
                path: pick(paths), pick(FilterExpression.TextMatch.allCases),
                pick(["", "a", "A", "\u{10FFFF}", "\u{D7FF}"]),
                ignoringCase: pick([true, false]))
        case 4, 5:
            let parts = (0..<random.next(in: 0..<4)).map { _ in expression(random, depth: depth - 1) }
            return kind == 4 ? .and(parts) : .or(parts)
        default: return .not(expression(random, depth: depth - 1))
        }
    }

    @Test func indexesAnswerWhatLookingAtEveryItemAnswers() async throws {
        let random = SeededRandom(seed: Self.seed)
        func value() -> AnyValue { Self.values[random.next(in: 0..<Self.values.count)] }
        let store = try await assemble(
            IdentifiableMemoryPersistence<Document>(indexes: [
                .hash(Self.field("a")), .ordered(Self.field("a")), .ordered(Self.field("b")),
                .ordered(Self.field("n.x")),
            ]))
        for step in 0..<400 {
            // `b` has no lists at first, so that its index can sort.
            let b = value()
            let fields: AnyValue = [
                "a": value(), "b": step < 200 && b.array != nil ? nil : b, "c": value(), "n": ["x": value()],
            ]
            try await store.set(.empty, Document(id: "\(random.next(in: 0..<120))", fields: fields))
            if step.isMultiple(of: 5) { try await store.deleteById(.empty, "\(random.next(in: 0..<120))") }
            let expression = Self.expression(random)
            let filter = Filter<Document>(
                expression, fields: Dictionary(uniqueKeysWithValues: Self.paths.map { ($0, Self.field($0).any.read) }))
            let path = Self.paths[random.next(in: 0..<Self.paths.count)]
            let sort: Sort<Document> =
                switch random.next(in: 0..<3) {
                case 0: .stored
                case 1: Self.field(path).ascending
                default: Self.field(path).descending
                }
            let all = store.getList(.empty)
            var expected = all.enumerated().filter { expression.matches($0.element.fields) }
            expected.sort {
                let (left, right) = (sort.values(of: $0.element), sort.values(of: $1.element))
                let order = zip(left, right).map(ValueOrder.compare).first ?? 0
                let isBackwards = sort.params.fields.first?.ascending == false
                return (order == 0 ? $0.offset < $1.offset : order < 0) != isBackwards
            }
            let ids = expected.map(\.element.id)
            let what: Comment = "seed \(Self.seed), step \(step): \(expression), \(sort.params)"
            #expect(store.getList(.empty, where: filter, sortedBy: sort).map(\.id) == ids, what)
            #expect(store.getCount(.empty, where: filter) == ids.count, what)
            let skip = random.next(in: 0..<10)
            let page = store.getPage(
                .empty, where: filter, paging: PagingParams(skip: Int64(skip), take: 3, total: true), sortedBy: sort)
            #expect(page.data.map(\.id) == Array(ids.dropFirst(skip).prefix(3)), what)
            #expect(page.total == Int64(ids.count), what)
            var found: [String] = []
            var paging = TokenizedPagingParams(take: 7)
            for _ in 0..<40 {
                let part = try store.getPage(.empty, where: filter, paging: paging, sortedBy: sort)
                found += part.data.map(\.id)
                paging.token = part.token
                if part.token == nil { break }
            }
            #expect(found == ids, what)
        }
    }

    @Test func theOrderOfValuesIsTotal() {
        for left in Self.values {
            for right in Self.values {
                let order = ValueOrder.compare(left, right)
                #expect(order == -ValueOrder.compare(right, left), "\(left) and \(right)")
                if order == 0 { #expect(HashedValue(left).hashValue == HashedValue(right).hashValue) }
                for third in Self.values where order <= 0 && ValueOrder.compare(right, third) <= 0 {
                    #expect(ValueOrder.compare(left, third) <= 0, "\(left), \(right), \(third)")
                }
            }
        }
    }

    @Test func damagedTokensAreRefusedAndNeverTrap() async throws {
        let random = SeededRandom(seed: Self.seed)
        let store = try await assemble(IdentifiableMemoryPersistence<Document>())
        for id in 0..<5 { try await store.create(.empty, Document(id: "\(id)", fields: ["a": .integer(Int64(id))])) }
        let sort = Self.field("a").ascending
        let token = try store.getPage(.empty, paging: TokenizedPagingParams(take: 2), sortedBy: sort).token ?? ""
        for _ in 0..<500 {
            var bytes = Array(token.utf8)
            bytes[random.next(in: 0..<bytes.count)] = UInt8(random.next(in: 0..<128))
            let paging = TokenizedPagingParams(token: String(decoding: bytes, as: UTF8.self))
            do {
                _ = try store.getPage(.empty, paging: paging, sortedBy: sort)
            } catch {
                #expect(error.code == "BAD_TOKEN")
            }
        }
    }
}
