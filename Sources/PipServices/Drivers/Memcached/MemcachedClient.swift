/// A client of the C library with a connection to each server. Used by one thread at a time. Its calls block.
///
/// Keys are validated by ``MemcachedKeyRules``. Expiration values are those of ``MemcachedExpiry``.
protocol MemcachedClient: AnyObject {
    /// The servers to use. The members never change after creation.
    var view: MemcachedServers.View { get set }
    /// The servers used by the last operation, by their index in the configuration. Known only while the view is
    /// doubtful.
    var contactedServers: Set<Int> { get }
    /// The server of the last single-key operation; nil for several servers.
    var lastServer: Int? { get }
    /// True if the current call's caller no longer waits.
    var isAbandoned: () -> Bool { get set }
    /// Ends the operation at its next wait for a server, until ``setTimeout(milliseconds:)``. Safe from any thread
    /// while the client exists.
    var interrupt: @Sendable () -> Void { get }
    /// Sets the timeout for each following wait for a server.
    func setTimeout(milliseconds: Int)

    /// The value of a key; nil if there is none.
    func get(_ key: String) throws(MemcachedFault) -> [UInt8]?
    /// The value of a key with its version, which changes with each write.
    func getVersioned(_ key: String) throws(MemcachedFault) -> (value: [UInt8], version: UInt64)?
    /// The values by key as sent. Missing keys are omitted.
    func getMany(_ request: MultiGetRequest) throws(MemcachedFault) -> KeyValues
    func set(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault)
    /// Sets the value of a key that has none. False if it has one.
    func add(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) -> Bool
    /// Replaces one version of a value.
    func replace(
        _ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64
    ) throws(MemcachedFault) -> MemcachedReplacement
    /// Deletes a key. False if it had no value.
    func delete(_ key: String) throws(MemcachedFault) -> Bool
    /// Adds to a counter and returns the sum; nil if the key has no value.
    func increment(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64?
    /// Subtracts from a counter and returns the difference; nil if the key has no value.
    func decrement(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64?
    /// The server of a key, by its index in the configuration; nil if there is none. Does no I/O.
    func server(of key: String) -> Int?
    /// Waits for a reply from each server.
    func ping() throws(MemcachedFault)
}

extension MemcachedClient {
    /// Throws if the current call was abandoned. For calls that consist of several requests.
    func checkIsAwaited() throws(MemcachedFault) {
        if isAbandoned() { throw MemcachedFault(kind: .abandoned, reason: "no reply came in time") }
    }
}
