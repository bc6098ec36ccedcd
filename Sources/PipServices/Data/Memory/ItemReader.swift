/// The common queries of an ``InMemoryReader``, on a snapshot of its items.
public struct ItemReader<Item: Codable & Sendable>: Sendable {
    let table: ItemTable<Item>
    let run: String
    let maxPageSize: Int
    let random: RandomSlot
    let logger: CompositeLogger

    init(_ engine: ItemEngine<Item>, maxPageSize: Int, _ random: RandomSlot, _ logger: CompositeLogger) {
        table = engine.table
        run = engine.run
        self.maxPageSize = max(0, maxPageSize)
        self.random = random
        self.logger = logger
    }

    static func query(_ filter: Filter<Item>, _ sort: Sort<Item> = .stored) -> ItemQuery<Item> {
        ItemQuery(filter: filter, sort: sort, fallback: { FieldReading.encoded($0) })
    }

    func page(_ filter: Filter<Item>, _ paging: PagingParams, _ sort: Sort<Item>) -> DataPage<Item> {
        var query = Self.query(filter, sort)
        query.skip = Int(clamping: paging.getSkip(0))
        query.take = Int(clamping: paging.getTake(Int64(maxPageSize)))
        query.countsAll = paging.total
        let found = table.find(query)
        return DataPage(found.rows.map(\.item), total: found.total.map(Int64.init))
    }

    func page(
        _ context: Context, _ filter: Filter<Item>, _ paging: TokenizedPagingParams, _ sort: Sort<Item>
    ) throws(ApplicationError) -> TokenizedDataPage<Item> {
        var query = Self.query(filter, sort)
        let question = String(Self.hash(filter, sort), radix: 36)
        if let token = paging.token, !token.isEmpty {
            let token = try PageToken(token, context, run: run, question: question)
            // A forged token may have any number of values.
            guard token.values.count == sort.keys.count else {
                throw .badRequest(code: "BAD_TOKEN", "The page token is damaged", traceId: context.traceId)
            }
            query.after = RowQuery.Place(values: token.values, position: token.position)
        }
        let take = Int(clamping: paging.getTake(Int64(maxPageSize)))
        // One more item shows whether there is a next page.
        query.take = take == .max ? take : take + 1
        query.countsAll = paging.total
        let found = table.find(query)
        var next: String?
        if found.rows.count > take {
            if take > 0 {
                let last = found.rows[take - 1]
                next =
                    PageToken(
                        run: run, question: question, values: sort.values(of: last.item), position: last.position
                    ).text
            } else {
                next = paging.token
            }
        }
        return TokenizedDataPage(
            found.rows.prefix(take).map(\.item), token: next, total: found.total.map(Int64.init))
    }

    func list(_ filter: Filter<Item>, _ sort: Sort<Item>) -> [Item] {
        table.find(Self.query(filter, sort)).rows.map(\.item)
    }

    func count(_ filter: Filter<Item>) -> Int { table.count(Self.query(filter)) }

    func first(_ filter: Filter<Item>) -> Item? {
        var query = Self.query(filter)
        query.take = 1
        return table.find(query).rows.first?.item
    }

    func one(_ filter: Filter<Item>) -> Item? {
        var query = Self.query(filter)
        let count = table.count(query)
        guard count > 0 else { return nil }
        query.skip = RandomInteger.nextInteger(0, count, random: random)
        query.take = 1
        return table.find(query).rows.first?.item
    }

    private static func hash(_ filter: Filter<Item>, _ sort: Sort<Item>) -> UInt {
        var hasher = Hasher()
        hasher.combine(filter.expression)
        hasher.combine(sort.params)
        return UInt(bitPattern: hasher.finalize())
    }
}
