public import PipServices

/// The contract of every ``IdentifiablePersistence``, with more than 200 cases.
///
/// The subject must be open and empty, with an `options.max_page_size` of 100.
public struct PersistenceContract: Contract {
    typealias Run = ContractRun<any IdentifiablePersistence<PersistenceItem>>
    typealias Case = ContractCase<any IdentifiablePersistence<PersistenceItem>>

    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<any IdentifiablePersistence<PersistenceItem>>] {
        [Self.reading, Self.writing, Self.filtering, Self.sorting, Self.paging, Self.concurrent].flatMap { $0 }
    }

    // MARK: - Internal

    static func fill(_ run: Run) async throws {
        for item in PersistenceItem.samples { try await run.subject.create(run.context, item) }
    }

    static func ids(_ items: [PersistenceItem]) -> [String] { items.map(\.id) }

    static func sorted(_ items: [PersistenceItem]) -> [String] { items.map(\.id).sorted() }

    static func list(_ run: Run, _ filter: Filter<PersistenceItem> = .all) async throws -> [PersistenceItem] {
        try await run.subject.getList(run.context, where: filter, sortedBy: .stored)
    }
}
