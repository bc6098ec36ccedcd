#if PIP_MEMCACHED
internal import CMemcached
import Glibc
#endif

/// The door to libmemcached: this file alone imports it.
enum MemcachedLibrary {
    #if PIP_MEMCACHED
    /// The version of libmemcached; nil when the driver is not compiled in.
    static var version: String? { String(cString: memcached_lib_version()) }

    /// Creates a client, which connects when it is used.
    /// - Throws: when there is no memory for it.
    static func client(
        _ servers: [MemcachedServer], _ view: MemcachedServers.View
    ) throws(MemcachedFault) -> any MemcachedClient {
        try MemcachedHandle(servers, view)
    }
    #else
    /// The version of libmemcached; nil when the driver is not compiled in.
    static var version: String? { nil }

    static func client(
        _ servers: [MemcachedServer], _ view: MemcachedServers.View
    ) throws(MemcachedFault) -> any MemcachedClient {
        throw MemcachedFault(kind: .refused, reason: "the driver Memcached is not compiled in")
    }
    #endif
}

#if PIP_MEMCACHED
/// A client of libmemcached. It is used by one thread at a time, and thrown away after the first failure: an answer that
/// comes late must not be taken for that of the next question.
private final class MemcachedHandle: MemcachedClient {
    private typealias Code = memcached_return_t

    private let memory: UnsafeMutablePointer<memcached_st>
    private let result: UnsafeMutablePointer<memcached_result_st>
    var view: MemcachedServers.View
    private(set) var asked: Set<Int> = []
    var isOver: () -> Bool = { false }
    private let members: [Int]
    private(set) var isAsked = false
    private(set) var isBroken = false
    /// True when a value was read, or told to be missing: there is a connection.
    private var hasAnswered = false

    init(_ servers: [MemcachedServer], _ view: MemcachedServers.View) throws(MemcachedFault) {
        guard let memory = memcached_create(nil) else { throw Self.noMemory }
        // In memory of its own: one that the library allocates it also frees, when it has read the last answer.
        let result = UnsafeMutablePointer<memcached_result_st>.allocate(capacity: 1)
        guard memcached_result_create(memory, result) != nil else {
            result.deallocate()
            memcached_free(memory)
            throw Self.noMemory
        }
        self.memory = memory
        self.result = result
        self.view = view
        members = view.members.filter(servers.indices.contains)
        behave(MEMCACHED_BEHAVIOR_TCP_NODELAY, 1)
        behave(MEMCACHED_BEHAVIOR_TCP_KEEPALIVE, 1)
        // Consistent hashing, as all clients know it that speak of ketama: a server that is gone moves its keys only.
        if members.count > 1 { behave(MEMCACHED_BEHAVIOR_KETAMA, 1) }
        for member in members {
            let code = memcached_server_add(memory, servers[member].host, servers[member].port)
            guard code == MEMCACHED_SUCCESS else { throw fault(code, server: member) }
        }
    }

    deinit {
        // Freeing says good-bye and waits for the answer: not for a server that hangs.
        behave(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 1)
        memcached_result_free(result)
        result.deallocate()
        memcached_free(memory)
    }

    func limitWaits(to milliseconds: Int) {
        let milliseconds = min(max(milliseconds, 1), Int(Int32.max))
        behave(MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, milliseconds)
        behave(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, milliseconds)
    }

    func ask(_ key: String) { send { askFor(key) } }

    func ask(_ question: MemcachedQuestion) {
        guard question.bytes.count <= Self.longestAhead else { return }
        send { Self.withPointers(question) { askFor($0, $1) } }
    }

    func get(_ key: String) throws(MemcachedFault) -> [UInt8]? { try look(at: key, Self.value) }

    func getVersioned(_ key: String) throws(MemcachedFault) -> (value: [UInt8], version: UInt64)? {
        behave(MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1)
        defer { behave(MEMCACHED_BEHAVIOR_SUPPORT_CAS, 0) }
        return try look(at: key) { (Self.value($0), memcached_result_cas($0)) }
    }

    func getMany(_ question: MemcachedQuestion) throws(MemcachedFault) -> [String: [UInt8]] {
        let keys = question.keys
        guard !keys.isEmpty else { return [:] }
        if members.count > 1, view.isDoubtful {
            var asked: Set<Int> = []
            for key in keys {
                _ = try server(of: key)
                asked.formUnion(self.asked)
            }
            self.asked = asked
        } else {
            _ = try server(of: keys[0])
        }
        var answers = MemcachedAnswers(keys)
        let code = Self.withPointers(question) { pointers, lengths in
            let code = isAsked ? MEMCACHED_SUCCESS : askFor(pointers, lengths)
            guard code == MEMCACHED_SUCCESS else { return code }
            // While the servers are at it.
            answers.makeRoom()
            return fetch { result in
                answers.take(Self.value(result)) { index in
                    Self.isKey(of: result, pointers[index], lengths[index])
                } otherwise: {
                    Self.key(of: result)
                }
            }
        }
        if let failed = firstFailed() { throw failed }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: nil) }
        if answers.hasStranger { throw Self.stranger(members.count == 1 ? members[0] : nil) }
        hasAnswered = true
        return answers.values
    }

    func set(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) {
        let server = try server(of: key)
        let code = Self.withBytes(key, value) { memcached_set(memory, $0, $1, $2, $3, expiry, 0) }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: server) }
    }

    func add(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) -> Bool {
        let server = try server(of: key)
        let code = Self.withBytes(key, value) { memcached_add(memory, $0, $1, $2, $3, expiry, 0) }
        switch code {
        case MEMCACHED_SUCCESS: return true
        case MEMCACHED_NOTSTORED, MEMCACHED_DATA_EXISTS: return false
        default: throw fault(code, server: server)
        }
    }

    func replace(
        _ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64
    ) throws(MemcachedFault) -> MemcachedReplacement {
        let server = try server(of: key)
        let code = Self.withBytes(key, value) { memcached_cas(memory, $0, $1, $2, $3, expiry, 0, version) }
        switch code {
        case MEMCACHED_SUCCESS: return .done
        case MEMCACHED_DATA_EXISTS: return .changed
        case MEMCACHED_NOTFOUND: return .missing
        default: throw fault(code, server: server)
        }
    }

    func delete(_ key: String) throws(MemcachedFault) -> Bool {
        let server = try server(of: key)
        let code = Self.withBytes(key) { memcached_delete(memory, $0, $1, 0) }
        switch code {
        case MEMCACHED_SUCCESS: return true
        case MEMCACHED_NOTFOUND: return false
        default: throw fault(code, server: server)
        }
    }

    func increment(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64? {
        var sum: UInt64 = 0
        // By key: the plain call takes no more than 32 bits.
        return try counted(
            key, Self.withBytes(key) { memcached_increment_by_key(memory, $0, $1, $0, $1, amount, &sum) }, sum)
    }

    func decrement(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64? {
        var sum: UInt64 = 0
        return try counted(
            key, Self.withBytes(key) { memcached_decrement_by_key(memory, $0, $1, $0, $1, amount, &sum) }, sum)
    }

    func ping() throws(MemcachedFault) {
        for (position, member) in members.enumerated() {
            guard
                let key = (0..<10_000).lazy.map({ "pip.ready.\($0)" }).first(where: {
                    self.position(of: $0) == position
                })
            else { continue }
            if view.down.contains(member) { throw Self.down(member) }
            _ = try get(key)
        }
    }

    // MARK: - Internal

    private static let noMemory = MemcachedFault(kind: .refused, reason: "there is no memory for a client")

    private static func down(_ server: Int) -> MemcachedFault {
        MemcachedFault(kind: .down, reason: "it failed before and is left alone for a while", server: server)
    }

    private static func stranger(_ server: Int?) -> MemcachedFault {
        MemcachedFault(kind: .lost, reason: "it answered another question", server: server)
    }

    private func behave(_ behavior: memcached_behavior_t, _ value: Int) {
        memcached_behavior_set(memory, behavior, UInt64(value))
    }

    private func position(of key: String) -> Int {
        members.count > 1 ? Self.withBytes(key) { Int(memcached_generate_hash(memory, $0, $1)) } : 0
    }

    /// The server of a key; nil when there is none. Throws when it is not to be asked.
    private func server(of key: String) throws(MemcachedFault) -> Int? {
        let position = position(of: key)
        guard members.indices.contains(position) else { return nil }
        let server = members[position]
        if view.down.contains(server) { throw Self.down(server) }
        if view.isDoubtful { asked = [server] }
        return server
    }

    /// Asks for a key, and reads what there is. The library's call for one key would ask for memory for each value.
    private func look<Found>(
        at key: String, _ read: (UnsafeMutablePointer<memcached_result_st>) -> Found
    ) throws(MemcachedFault) -> Found? {
        let server = try server(of: key)
        var found: Found?
        var code = isAsked ? MEMCACHED_SUCCESS : askFor(key)
        var isAnswer = true
        if code == MEMCACHED_SUCCESS {
            code = fetch { result in
                isAnswer = isAnswer && Self.withBytes(key) { Self.isKey(of: result, $0, $1) }
                found = read(result)
            }
        }
        guard code == MEMCACHED_SUCCESS else { throw fault(code, server: server) }
        if found == nil, let failed = firstFailed() { throw failed }
        // Never somebody else's value, whatever went wrong.
        if !isAnswer { throw Self.stranger(server) }
        hasAnswered = true
        return found
    }

    private func askFor(_ key: String) -> Code {
        Self.withBytes(key) { key, length in
            var (key, length): (UnsafePointer<CChar>?, Int) = (key, length)
            return memcached_mget(memory, &key, &length, 1)
        }
    }

    private func askFor(_ keys: UnsafeBufferPointer<UnsafePointer<CChar>?>, _ lengths: UnsafeBufferPointer<Int>) -> Code
    {
        memcached_mget(memory, keys.baseAddress, lengths.baseAddress, keys.count)
    }

    /// The longest question, in bytes, for which there is room in any socket that has nothing else to send.
    private static let longestAhead = 8000

    /// Sends a question ahead, to a server that has answered all that it was asked.
    private func send(_ ask: () -> Code) {
        // A further server may not be connected yet.
        guard hasAnswered, !isAsked, !isBroken, members.count == 1 else { return }
        // What would have to wait fails.
        behave(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 0)
        behave(MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, 0)
        isAsked = ask() == MEMCACHED_SUCCESS
        isBroken = !isAsked
    }

    /// How often the processor is left to others before the answer to a question that was sent ahead is read: to sleep, and
    /// be woken at once, takes longer.
    private static let turns = 3

    /// Reads the answers to what was asked for, to the end.
    private func fetch(_ body: (UnsafeMutablePointer<memcached_result_st>) -> Void) -> Code {
        if isAsked {
            isAsked = false
            for _ in 0..<Self.turns { sched_yield() }
        }
        var code = MEMCACHED_SUCCESS
        while let result = memcached_fetch_result(memory, result, &code) { body(result) }
        return code == MEMCACHED_END || code == MEMCACHED_NOTFOUND ? MEMCACHED_SUCCESS : code
    }

    /// What kept a server from answering: when answers are read, a server that failed is passed over as if it had nothing.
    private func firstFailed() -> MemcachedFault? {
        for (position, member) in members.enumerated() {
            guard let instance = memcached_server_instance_by_position(memory, UInt32(position)) else { continue }
            let code = memcached_server_error_return(instance)
            if !Self.answers.contains(code.rawValue) { return fault(code, server: member) }
        }
        return nil
    }

    /// What a server that works may have said last.
    private static let answers = Set(
        [
            MEMCACHED_SUCCESS, MEMCACHED_END, MEMCACHED_NOTFOUND, MEMCACHED_NOTSTORED, MEMCACHED_DATA_EXISTS,
            MEMCACHED_STORED, MEMCACHED_DELETED, MEMCACHED_VALUE, MEMCACHED_CLIENT_ERROR,
        ].map(\.rawValue))

    private func counted(_ key: String, _ code: Code, _ sum: UInt64) throws(MemcachedFault) -> UInt64? {
        switch code {
        case MEMCACHED_SUCCESS: return sum
        case MEMCACHED_NOTFOUND: return nil
        case MEMCACHED_CLIENT_ERROR:
            throw MemcachedFault(kind: .notANumber, reason: "the value is no number", server: try server(of: key))
        default: throw fault(code, server: try server(of: key))
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
            case MEMCACHED_TIMEOUT: .late
            default: .lost
            }
        let text = memcached_strerror(memory, code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        return MemcachedFault(kind: kind, reason: text, server: server)
    }

    private static func isKey(
        of result: UnsafeMutablePointer<memcached_result_st>, _ key: UnsafePointer<CChar>?, _ length: Int
    ) -> Bool {
        guard let key, let name = memcached_result_key_value(result) else { return false }
        return memcached_result_key_length(result) == length && memcmp(key, name, length) == 0
    }

    private static func key(of result: UnsafeMutablePointer<memcached_result_st>) -> String {
        let name = memcached_result_key_value(result)
        let count = name == nil ? 0 : memcached_result_key_length(result)
        return String(decoding: UnsafeRawBufferPointer(start: name, count: count), as: UTF8.self)
    }

    private static func value(_ result: UnsafeMutablePointer<memcached_result_st>) -> [UInt8] {
        let bytes = memcached_result_value(result)
        return Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : memcached_result_length(result)))
    }

    private static func withBytes<Result>(_ key: String, _ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        var key = key
        return key.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress, $0.count) }
        }
    }

    private static func withBytes<Result>(
        _ key: String, _ value: [UInt8], _ body: (UnsafePointer<CChar>?, Int, UnsafePointer<CChar>?, Int) -> Result
    ) -> Result {
        withBytes(key) { key, keyCount in
            value.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { body(key, keyCount, $0.baseAddress, $0.count) }
            }
        }
    }

    private static func withPointers<Result>(
        _ question: MemcachedQuestion,
        _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>, UnsafeBufferPointer<Int>) -> Result
    ) -> Result {
        question.bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { buffer in
                var start = 0
                let pointers = question.lengths.map { length in
                    defer { start += length }
                    return buffer.baseAddress.map { $0 + start }
                }
                return pointers.withUnsafeBufferPointer { pointers in
                    question.lengths.withUnsafeBufferPointer { body(pointers, $0) }
                }
            }
        }
    }
}
#endif
