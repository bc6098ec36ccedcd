/// One client of the C library: connections to all servers, for one thread at a time.
///
/// Keys are those that travel: checked, and hashed where that is asked for. Spans of time before which a value expires are
/// given as the protocol's numbers, see ``MemcachedExpiry``.
protocol MemcachedClient: AnyObject {
    /// Which servers to ask. The members stay as they were when the client was made.
    var view: MemcachedServers.View { get set }
    /// The servers, by their place in the configuration, that the last operation was about.
    var asked: Set<Int> { get }
    /// True when a question was sent whose answer is still to be read.
    var isAsked: Bool { get }
    /// True when a question could not be sent: the client is to be thrown away.
    var isBroken: Bool { get }
    /// How long each wait for a server may take, in milliseconds, from here on.
    func limitWaits(to milliseconds: Int)
    /// True when nobody waits any more for what is being done.
    var isOver: () -> Bool { get set }
    /// Sends the question of the ``get(_:)`` that follows, if that can be done without waiting.
    func ask(_ key: String)
    func get(_ key: String) throws(MemcachedFault) -> [UInt8]?
    /// A value together with the number that tells whether it has changed since.
    func getVersioned(_ key: String) throws(MemcachedFault) -> (value: [UInt8], version: UInt64)?
    /// Sends the question of the ``getMany(_:)`` that follows, if that can be done without waiting.
    func ask(_ question: MemcachedQuestion)
    func getMany(_ question: MemcachedQuestion) throws(MemcachedFault) -> [String: [UInt8]]
    func set(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault)
    /// False when there is a value.
    func add(_ key: String, _ value: [UInt8], _ expiry: Int) throws(MemcachedFault) -> Bool
    /// Replaces a value of a version.
    func replace(
        _ key: String, _ value: [UInt8], _ expiry: Int, version: UInt64
    ) throws(MemcachedFault) -> MemcachedReplacement
    /// False when there was no value.
    func delete(_ key: String) throws(MemcachedFault) -> Bool
    /// The sum; nil when there is no value.
    func increment(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64?
    func decrement(_ key: String, by amount: UInt64) throws(MemcachedFault) -> UInt64?
    /// Waits for an answer of each server.
    func ping() throws(MemcachedFault)
}

extension MemcachedClient {
    /// Stops work of several operations that nobody waits for.
    func checkTime() throws(MemcachedFault) {
        if isOver() { throw MemcachedFault(kind: .givenUp, reason: "no answer came in time") }
    }
}

/// What came of replacing a value of a version.
enum MemcachedReplacement: Sendable {
    case done
    /// The value has changed since.
    case changed
    case missing
}

/// Why an operation failed.
struct MemcachedFault: Error, Hashable {
    enum Kind: Hashable {
        /// The connection failed or the answer did not come: whether the server carried the operation out is not known.
        case lost
        /// As `lost`: the answer did not come in time.
        case late
        /// The caller's time was over between two operations, or within one that had less time than usual: nothing is
        /// known against the server.
        case givenUp
        /// The server is known to be out of reach, and was not asked.
        case down
        /// The server said no.
        case refused
        case tooLarge
        case notANumber
        case outOfRange
    }

    let kind: Kind
    let reason: String
    /// The server by its place in the configuration; nil when it is not known which.
    var server: Int?
}
