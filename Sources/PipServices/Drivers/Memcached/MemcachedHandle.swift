#if PIP_MEMCACHED
internal import CMemcached
import Glibc

/// A client on a libmemcached handle. The only file of the driver that calls the C library and uses raw pointers.
///
/// The handle and the result buffer live as long as this object. Every C call is made in ``withHandle(_:)``, which
/// keeps the object alive during the call. Pointers to keys and values are valid only in the closure that receives
/// them; the library copies what it keeps.
final class MemcachedHandle: MemcachedClient {
    private typealias Code = memcached_return_t
    private typealias Handle = UnsafeMutablePointer<memcached_st>
    private typealias Item = UnsafeMutablePointer<memcached_result_st>

    /// Connects to the servers by address: the library would resolve host names without a time limit.
    private let handle: Handle
    /// Contains the server names and never connects. Keys are hashed by name, so they stay at their server when an
    /// address changes. Nil for one server.
    private let ring: Handle?
    private let item: Item
    private let members: [Int]
    var view: MemcachedServers.View
    private(set) var contactedServers: Set<Int> = []
    private(set) var lastServer: Int?
    var isAbandoned: () -> Bool = { false }
    private let servers: [MemcachedServer]
    private let resolver: HostResolver
    /// The addresses of the resolved servers.
    private var addresses: [String?]
    private var timeout = Duration.seconds(1)

    /// The version of libmemcached.
    static var libraryVersion: String { String(cString: memcached_lib_version()) }

    init(
        _ servers: [MemcachedServer], _ view: MemcachedServers.View, resolver: HostResolver = .shared
    ) throws(MemcachedFault) {
        guard let handle = memcached_create(nil) else { throw Self.outOfMemory }
        // Allocated here: the library frees a result that it allocated itself after the last value.
        let item = Item.allocate(capacity: 1)
        guard memcached_result_create(handle, item) != nil else {
            item.deallocate()
            memcached_free(handle)
            throw Self.outOfMemory
        }
        self.handle = handle
        self.item = item
        self.view = view
        (self.servers, self.resolver) = (servers, resolver)
        members = view.members.filter(servers.indices.contains)
        addresses = servers.map { _ in nil }
        ring = members.count > 1 ? memcached_create(nil) : nil
        setBehavior(MEMCACHED_BEHAVIOR_TCP_NODELAY, 1)
        setBehavior(MEMCACHED_BEHAVIOR_TCP_KEEPALIVE, 1)
        if members.count > 1 { try makeRing() }
        try addServers()
    }

    deinit {
        // On close, the library waits for the server to close the connection: skip this for an unresponsive one.
        setBehavior(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 1)
        memcached_result_free(item)
        item.deallocate()
        memcached_free(handle)
        if let ring { memcached_free(ring) }
    }

    /// libmemcached limits each wait for a server but not their sum, so a server that trickles bytes could block the
    /// thread. The library reads the limit before each wait; zero ends the call.
    var interrupt: @Sendable () -> Void {
        // An integer, as for a descriptor: the caller keeps this object alive.
        let address = UInt(bitPattern: handle)
        return { memcached_behavior_set(Handle(bitPattern: address), MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 0) }
    }

    func setTimeout(milliseconds: Int) {
        let milliseconds = min(max(milliseconds, 1), Int(Int32.max))
        timeout = .milliseconds(milliseconds)
        setBehavior(MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, milliseconds)
        setBehavior(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, milliseconds)
    }

    func get(_ key: String) throws(MemcachedFault) -> [UInt8]? { try read(key, Self.value(of:)) }

    func getVersioned(_ key: String) throws(MemcachedFault) -> (value: [UInt8], version: UInt64)? {
        setBehavior(MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1)
        defer { setBehavior(MEMCACHED_BEHAVIOR_SUPPORT_CAS, 0) }
        return try read(key) { (Self.value(of: $0), memcached_result_cas($0)) }
    }

    func getMany(_ request: MultiGetRequest) throws(MemcachedFault) -> KeyValues {
        guard !request.keys.isEmpty else { return [:] }
        try useServers(of: request.keys)
        var result = MultiGetResult(request.keys)
        let code = Self.withPointers(request) { keys, lengths in
            withHandle { handle in
                let code = memcached_mget(handle, keys.baseAddress, lengths.baseAddress, keys.count)
                guard code == MEMCACHED_SUCCESS else { return code }
                return fetch { item in
                    result.add(
                        Self.value(of: item), matches: { Self.isKey(of: item, keys[$0], lengths[$0]) },
                        key: { Self.key(of: item) })
                }
            }
        }
        if let failure = firstFailure() { throw failure }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: nil) }
        if result.hasUnrequestedKey { throw Self.wrongReply(members.count == 1 ? members[0] : nil) }
        return result.values
    }

    func set(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) {
        let server = try useServer(of: key)
        let code = withHandle { handle in
            Self.withPointers(key, value) { memcached_set(handle, $0, $1, $2, $3, expiry, 0) }
        }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: server) }
    }

    func add(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) -> Bool {
        let server = try useServer(of: key)
        let code = withHandle { handle in
            Self.withPointers(key, value) { memcached_add(handle, $0, $1, $2, $3, expiry, 0) }
        }
        switch code {
        case MEMCACHED_SUCCESS: return true
        case MEMCACHED_NOTSTORED, MEMCACHED_DATA_EXISTS: return false
        default: throw fault(code, server: server)
        }
    }

    func replace(
        _ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64
    ) throws(MemcachedFault) -> MemcachedReplacement {
        let server = try useServer(of: key)
        let code = withHandle { handle in
            Self.withPointers(key, value) { memcached_cas(handle, $0, $1, $2, $3, expiry, 0, version) }
        }
        switch code {
        case MEMCACHED_SUCCESS: return .done
        case MEMCACHED_DATA_EXISTS: return .changed
        case MEMCACHED_NOTFOUND: return .missing
        default: throw fault(code, server: server)
        }
    }

    func delete(_ key: String) throws(MemcachedFault) -> Bool {
        let server = try useServer(of: key)
        let code = withHandle { handle in Self.withPointer(key) { memcached_delete(handle, $0, $1, 0) } }
        switch code {
        case MEMCACHED_SUCCESS: return true
        case MEMCACHED_NOTFOUND: return false
        default: throw fault(code, server: server)
        }
    }

    func increment(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64? {
        // The call without a server key accepts only 32 bits.
        try count(key) { memcached_increment_by_key($0, $1, $2, $1, $2, amount, $3) }
    }

    func decrement(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64? {
        try count(key) { memcached_decrement_by_key($0, $1, $2, $1, $2, amount, $3) }
    }

    func server(of key: String) -> Int? {
        let position = position(of: key)
        return members.indices.contains(position) ? members[position] : nil
    }

    func ping() throws(MemcachedFault) {
        for (position, member) in members.enumerated() {
            let keys = (0..<10_000).lazy.map { "pip.ready.\($0)" }
            guard let key = keys.first(where: { self.position(of: $0) == position }) else { continue }
            if view.down.contains(member) { throw Self.serverDown(member) }
            _ = try get(key)
        }
    }

    // MARK: - Internal

    private static let outOfMemory = MemcachedFault(kind: .refused, reason: "there is not enough memory for a client")

    private static func serverDown(_ server: Int) -> MemcachedFault {
        MemcachedFault(kind: .serverDown, reason: "it failed before and is not used for a while", server: server)
    }

    private static func wrongReply(_ server: Int?) -> MemcachedFault {
        MemcachedFault(kind: .connectionFailed, reason: "it replied to another request", server: server)
    }

    /// Calls `body` with the handle and keeps it alive during the call.
    private func withHandle<Result>(_ body: (Handle) -> Result) -> Result {
        withExtendedLifetime(self) { body(handle) }
    }

    private func setBehavior(_ behavior: memcached_behavior_t, _ value: Int) {
        _ = withHandle { memcached_behavior_set($0, behavior, UInt64(value)) }
    }

    // MARK: - Servers

    private func position(of key: String) -> Int {
        guard let ring else { return 0 }
        return withExtendedLifetime(self) { Self.withPointer(key) { Int(memcached_generate_hash(ring, $0, $1)) } }
    }

    /// The server of a key; nil if there is none. Throws if the server is down.
    private func useServer(of key: String) throws(MemcachedFault) -> Int? {
        let position = position(of: key)
        guard members.indices.contains(position) else { return nil }
        let server = members[position]
        lastServer = server
        if view.down.contains(server) { throw Self.serverDown(server) }
        try resolve(server)
        if view.isDoubtful { contactedServers = [server] }
        return server
    }

    private func makeRing() throws(MemcachedFault) {
        guard let ring, let kit = hashkit_create(nil) else { throw Self.outOfMemory }
        defer { hashkit_free(kit) }
        // Consistent hashing, compatible with other clients. If a server is removed, only its keys move.
        memcached_behavior_set(ring, MEMCACHED_BEHAVIOR_KETAMA, 1)
        for member in members {
            let code = memcached_server_add(ring, servers[member].host, servers[member].port)
            guard code == MEMCACHED_SUCCESS else { throw fault(code, server: member) }
        }
        // The handle has no distribution of its own: it uses the hash as the number of a server.
        hashkit_set_custom_function(
            kit,
            { key, length, ring in
                memcached_generate_hash(ring?.assumingMemoryBound(to: memcached_st.self), key, length)
            }, ring)
        let code = withHandle { memcached_set_hashkit($0, kit) }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: nil) }
    }

    /// Passes the servers to the library, which closes its connections. An unresolved server gets a placeholder.
    private func addServers() throws(MemcachedFault) {
        withHandle { memcached_servers_reset($0) }
        for member in members {
            let server = servers[member]
            let code = withHandle { memcached_server_add($0, addresses[member] ?? server.host, server.port) }
            guard code == MEMCACHED_SUCCESS else { throw fault(code, server: member) }
        }
    }

    /// Resolves a server's host and selects an address that accepts connections, within the time of the call.
    private func resolve(_ server: Int) throws(MemcachedFault) {
        guard addresses[server] == nil else { return }
        let place = servers[server]
        let end = SystemClock().uptime.adding(timeout: timeout)
        let found: [HostAddress]
        do throws(HostFailure) {
            found = try resolver.addresses(of: place.host, port: Int(place.port), within: timeout)
        } catch {
            throw MemcachedFault(kind: .connectionFailed, reason: error.reason, server: server)
        }
        guard let address = Self.accepting(found, until: end)?.text else {
            throw MemcachedFault(kind: .connectionFailed, reason: "the host has no address", server: server)
        }
        addresses[server] = address
        if !address.isSame(as: place.host) { try addServers() }
    }

    /// The first address that accepts connections, each tried for an equal share of the time. A single address is not
    /// tried.
    private static func accepting(_ found: [HostAddress], until end: Duration) -> HostAddress? {
        guard found.count > 1 else { return found.first }
        for (index, address) in found.enumerated() {
            let left = end - SystemClock().uptime
            if address.accepts(within: left / (found.count - index)) { return address }
        }
        return found.first
    }

    /// Throws if a server of the keys is down.
    private func useServers(of keys: [String]) throws(MemcachedFault) {
        defer { if members.count > 1 { lastServer = nil } }
        guard members.count > 1, view.isDoubtful || members.contains(where: { addresses[$0] == nil }) else {
            _ = try useServer(of: keys[0])
            return
        }
        var contacted: Set<Int> = []
        for key in keys {
            _ = try useServer(of: key)
            contacted.formUnion(contactedServers)
        }
        contactedServers = contacted
    }

    /// The first failed server, with the reason. In a multi-get, the library skips a failed server as if it had no
    /// values.
    private func firstFailure() -> MemcachedFault? {
        for (position, member) in members.enumerated() {
            let code = withHandle { handle in
                memcached_server_instance_by_position(handle, UInt32(position)).map(memcached_server_error_return)
            }
            if let code, !Self.replies.contains(code.rawValue) { return fault(code, server: member) }
        }
        return nil
    }

    /// Result codes of a working server.
    private static let replies = Set(
        [
            MEMCACHED_SUCCESS, MEMCACHED_END, MEMCACHED_NOTFOUND, MEMCACHED_NOTSTORED, MEMCACHED_DATA_EXISTS,
            MEMCACHED_STORED, MEMCACHED_DELETED, MEMCACHED_VALUE, MEMCACHED_CLIENT_ERROR,
        ].map(\.rawValue))

    // MARK: - Requests

    /// Requests one key and reads its value into the reusable buffer. `memcached_get` would allocate memory for each
    /// value.
    private func read<Found>(_ key: String, _ body: (Item) -> Found) throws(MemcachedFault) -> Found? {
        let server = try useServer(of: key)
        var found: Found?
        var isReply = true
        let code = withHandle { handle in
            Self.withPointer(key) { bytes, length in
                var (pointer, size): (UnsafePointer<CChar>?, Int) = (bytes, length)
                let code = memcached_mget(handle, &pointer, &size, 1)
                guard code == MEMCACHED_SUCCESS else { return code }
                return fetch { item in
                    isReply = isReply && Self.isKey(of: item, bytes, length)
                    found = body(item)
                }
            }
        }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: server) }
        if found == nil, let failure = firstFailure() { throw failure }
        // A safeguard: a value must never reach the caller of another key.
        guard isReply else { throw Self.wrongReply(server) }
        return found
    }

    /// Reads all values of a request up to the end of the reply.
    private func fetch(_ body: (Item) -> Void) -> Code {
        withHandle { handle in
            var code = MEMCACHED_SUCCESS
            while let item = memcached_fetch_result(handle, item, &code) { body(item) }
            return code == MEMCACHED_END || code == MEMCACHED_NOTFOUND ? MEMCACHED_SUCCESS : code
        }
    }

    private func count(
        _ key: String, _ call: (Handle, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<UInt64>) -> Code
    ) throws(MemcachedFault) -> UInt64? {
        let server = try useServer(of: key)
        var sum: UInt64 = 0
        let code = withHandle { handle in Self.withPointer(key) { call(handle, $0, $1, &sum) } }
        switch code {
        case MEMCACHED_SUCCESS: return sum
        case MEMCACHED_NOTFOUND: return nil
        case MEMCACHED_CLIENT_ERROR:
            throw MemcachedFault(kind: .notANumber, reason: "the value is not a number", server: server)
        default: throw fault(code, server: server)
        }
    }

    private func fault(_ code: Code, server: Int?) -> MemcachedFault {
        let kind: MemcachedFault.Kind =
            switch code {
            case MEMCACHED_E2BIG: .tooLarge
            case MEMCACHED_CLIENT_ERROR, MEMCACHED_SERVER_ERROR, MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE,
                MEMCACHED_MEMORY_ALLOCATION_FAILURE, MEMCACHED_BAD_KEY_PROVIDED, MEMCACHED_KEY_TOO_BIG,
                MEMCACHED_INVALID_ARGUMENTS, MEMCACHED_NOT_SUPPORTED:
                .refused
            case MEMCACHED_TIMEOUT: .timedOut
            default: .connectionFailed
            }
        let reason = withHandle { memcached_strerror($0, code).map { String(cString: $0) } }
        return MemcachedFault(kind: kind, reason: reason ?? "error \(code.rawValue)", server: server)
    }

    // MARK: - Pointers

    private static func isKey(of item: Item, _ key: UnsafePointer<CChar>?, _ length: Int) -> Bool {
        guard let key, let name = memcached_result_key_value(item) else { return false }
        return memcached_result_key_length(item) == length && memcmp(key, name, length) == 0
    }

    private static func key(of item: Item) -> String {
        let name = memcached_result_key_value(item)
        let count = name == nil ? 0 : memcached_result_key_length(item)
        return String(decoding: UnsafeRawBufferPointer(start: name, count: count), as: UTF8.self)
    }

    private static func value(of item: Item) -> [UInt8] {
        let bytes = memcached_result_value(item)
        return Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : memcached_result_length(item)))
    }

    private static func withPointer<Result>(_ key: String, _ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        var key = key
        return key.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress, $0.count) }
        }
    }

    private static func withPointers<Result>(
        _ key: String, _ value: [UInt8], _ body: (UnsafePointer<CChar>?, Int, UnsafePointer<CChar>?, Int) -> Result
    ) -> Result {
        withPointer(key) { key, length in
            value.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { body(key, length, $0.baseAddress, $0.count) }
            }
        }
    }

    /// Calls `body` with a pointer to each key and its length.
    private static func withPointers<Result>(
        _ request: MultiGetRequest,
        _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>, UnsafeBufferPointer<Int>) -> Result
    ) -> Result {
        request.bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                var start = 0
                let pointers = request.lengths.map { length in
                    defer { start += length }
                    return bytes.baseAddress.map { $0 + start }
                }
                return pointers.withUnsafeBufferPointer { pointers in
                    request.lengths.withUnsafeBufferPointer { body(pointers, $0) }
                }
            }
        }
    }
}
#endif
