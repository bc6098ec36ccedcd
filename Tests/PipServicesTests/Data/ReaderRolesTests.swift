import PipServices
import PipServicesTesting
import Testing

/// A persistence implements the reader roles itself: engines do not, because only the service knows what its requests
/// may ask for.
@Suite struct ReaderRolesTests {
    private func things() async throws -> Things {
        let things = Things()
        try await things.items.createMany(
            .empty, [("1", "A", 3), ("2", "B", 2), ("3", "A", 1)].map(Self.item))
        return things
    }

    private static func item(_ id: String, _ key: String, _ number: Int) -> PersistenceItem {
        var item = PersistenceItem(id: id, key: key)
        item.number = number
        return item
    }

    private static let byNumber = SortParams(SortField("number"))

    @Test func listsAreReadByFilter() async throws {
        let reader: any FilteredReader<PersistenceItem> = try await things()
        let sorted = try await reader.getListByFilter(.empty, ["key": "A"], Self.byNumber)
        #expect(sorted.map(\.id) == ["3", "1"])
        let stored = try await reader.getListByFilter(.empty, ["key": "A"])
        #expect(stored.map(\.id) == ["1", "3"])
    }

    @Test func pagesAreReadByFilter() async throws {
        let reader: any FilteredPageReader<PersistenceItem> = try await things()
        let paging = PagingParams(skip: 1, total: true)
        let sorted = try await reader.getPageByFilter(.empty, [:], paging, Self.byNumber)
        #expect(sorted.data.map(\.id) == ["2", "1"])
        #expect(sorted.total == 3)
        let stored = try await reader.getPageByFilter(.empty, [:], paging)
        #expect(stored.data.map(\.id) == ["2", "3"])
        #expect(stored.total == 3)
    }

    @Test func listsAndPagesAreReadByQuery() async throws {
        let things = try await things()
        let lists: any QuerableReader<PersistenceItem> = things
        let list = try await lists.getListByQuery(.empty, "key=A", Self.byNumber)
        #expect(list.map(\.id) == ["3", "1"])
        let pages: any QuerablePageReader<PersistenceItem> = things
        let page = try await pages.getPageByQuery(.empty, "key=A", PagingParams(take: 1, total: true), SortParams())
        #expect(page.data.map(\.id) == ["1"])
        #expect(page.total == 2)
    }

    @Test func aMalformedQuestionIsABadRequest() async throws {
        let things = try await things()
        let filter = await #expect(throws: ApplicationError.self) {
            try await things.getListByFilter(.empty, ["number": "x"])
        }
        #expect(filter?.code == "BAD_FILTER")
        let query = await #expect(throws: ApplicationError.self) {
            try await things.getListByQuery(.empty, "kee=A", SortParams())
        }
        #expect(query?.category == .badRequest)
    }
}

/// A persistence as a service writes it. Its query language is that of connection strings: `key=A;number=1`.
private struct Things: FilteredReader, FilteredPageReader, QuerableReader, QuerablePageReader {
    typealias Item = PersistenceItem

    let items = IdentifiableMemoryPersistence<PersistenceItem>()

    private static let rules = FilterRules<PersistenceItem>(
        strict: true, .equals(PersistenceItem.keyField), .equals(PersistenceItem.numberField))

    func getListByFilter(
        _ context: Context, _ filter: FilterParams, _ sort: SortParams
    ) async throws -> [PersistenceItem] {
        items.getList(context, where: try Self.rules.filter(context, filter), sortedBy: Sort(sort))
    }

    func getPageByFilter(
        _ context: Context, _ filter: FilterParams, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<PersistenceItem> {
        let filter = try Self.rules.filter(context, filter)
        return items.getPage(context, where: filter, paging: paging, sortedBy: Sort(sort))
    }

    func getListByQuery(_ context: Context, _ query: String, _ sort: SortParams) async throws -> [PersistenceItem] {
        try await getListByFilter(context, FilterParams(parsing: query), sort)
    }

    func getPageByQuery(
        _ context: Context, _ query: String, _ paging: PagingParams, _ sort: SortParams
    ) async throws -> DataPage<PersistenceItem> {
        try await getPageByFilter(context, FilterParams(parsing: query), paging, sort)
    }
}
