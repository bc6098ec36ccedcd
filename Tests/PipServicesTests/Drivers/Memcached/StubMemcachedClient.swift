@testable import PipServices

/// A client without a server. Tests set what `get` does; the other operations do nothing.
final class StubMemcachedClient: MemcachedClient {
    typealias Get = @Sendable (StubMemcachedClient, String) throws(MemcachedFault) -> [UInt8]?

    /// Counts the clients that exist and those that were created.
    struct Counts: Equatable {
        var created = 0
        var open = 0
    }

    /// The number of the client in the order of creation, from 1.
    let number: Int
    var view: MemcachedServers.View
    var contactedServers: Set<Int> = []
    var lastServer: Int?
    var isAbandoned: () -> Bool = { false }
    private(set) var timeout = 0
    private let counts: Locked<Counts>
    private let onGet: Get

    init(
        _ view: MemcachedServers.View, _ counts: Locked<Counts> = Locked(Counts()),
        get: @escaping Get = { _, _ in nil }
    ) {
        self.view = view
        self.counts = counts
        onGet = get
        number = counts.withLock { counts in
            counts.created += 1
            counts.open += 1
            return counts.created
        }
    }

    deinit { counts.withLock { $0.open -= 1 } }

    let interrupt: @Sendable () -> Void = {}
    func setTimeout(milliseconds: Int) { timeout = milliseconds }
    func get(_ key: String) throws(MemcachedFault) -> [UInt8]? { try onGet(self, key) }
    func getVersioned(_ key: String) -> (value: [UInt8], version: UInt64)? { nil }
    func getMany(_ request: MultiGetRequest) -> KeyValues { [:] }
    func set(_ key: String, _ value: [UInt8], _ expiry: Int) {}
    func add(_ key: String, _ value: [UInt8], _ expiry: Int) -> Bool { false }
    func replace(_ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64) -> MemcachedReplacement { .missing }
    func delete(_ key: String) -> Bool { false }
    func increment(_ key: String, by amount: UInt64) -> UInt64? { nil }
    func decrement(_ key: String, by amount: UInt64) -> UInt64? { nil }
    /// The first letter of the key tells its server: `a` is the first one.
    func server(of key: String) -> Int? { key.utf8.first.map { Int($0) - 97 } }
    func ping() {}
}
