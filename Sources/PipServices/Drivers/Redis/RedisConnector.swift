#if PIP_REDIS
internal import CHiredis
import Glibc

/// Values by key in Redis: what cache, lock and state store stand on. The driver runs on hiredis.
///
/// It shares the service's ``RedisConnection`` at `*:connection:redis:*:1.0` where there is one, and has its own, which
/// is configured from the same section, where there is none. Keys go to Redis as they are, values as bytes.
public final class RedisConnector: RedisExecutor, Component {
    /// Whether the driver is compiled in, and on which hiredis it runs.
    public static let driver = Driver(
        name: "Redis", flag: "PIP_REDIS", package: "libhiredis-dev",
        libraryVersion: String(cString: pip_redis_version()))

    private let connection = Shared<RedisConnection>("connection", "*:connection:redis:*:1.0") { RedisConnection() }

    /// Creates a connector.
    public init() {}

    /// Carries out one command.
    public func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply {
        try await connection().execute(context, command)
    }

    /// Carries out several commands in one trip.
    public func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        try await connection().pipeline(context, commands)
    }
}

// MARK: - Internal

/// Opens sockets to Redis. It waits, so it runs on a thread of its own.
///
/// hiredis connects and talks until Redis has let us in; from then on only the socket is needed, and the handle is gone
/// before anybody else could use it.
enum RedisDialer {
    /// Why there is no connection.
    struct Refusal: Error, Sendable {
        let reason: String
        /// True when it will not help to try again.
        let isFinal: Bool
    }

    /// A connected socket that does not block; whoever gets it closes it.
    ///
    /// All steps together take no longer than `timeout`. Only how long a name is looked up is up to the system.
    static func dial(_ address: RedisAddress, timeout: Duration) throws(Refusal) -> Int32 {
        // It looks the name up, begins to connect, and waits for nothing else.
        let created =
            if let path = address.path {
                redisConnectUnixNonBlock(path)
            } else {
                redisConnectNonBlock(address.host, Int32(truncatingIfNeeded: address.port))
            }
        guard let handle = created else { throw Refusal(reason: "out of memory", isFinal: false) }
        let end = SystemClock().uptime + min(max(timeout, .milliseconds(1)), .seconds(3600))
        do throws(Refusal) {
            if handle.pointee.err != 0 { throw refusal(handle) }
            try finishConnecting(handle, until: end)
            try greet(handle, address, until: end)
        } catch {
            redisFree(handle)
            throw error
        }
        redisEnableKeepAlive(handle)
        let socket = redisFreeKeepFd(handle)
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return socket
    }

    // MARK: - Internal

    private typealias Handle = UnsafeMutablePointer<redisContext>

    private static func finishConnecting(
        _ handle: Handle, until end: Duration
    ) throws(Refusal) {
        try wait(handle, for: POLLOUT, until: end)
        var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        if getsockopt(handle.pointee.fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0 { code = errno }
        if code != 0 { throw Refusal(reason: String(cString: strerror(code)), isFinal: false) }
    }

    private static func greet(
        _ handle: Handle, _ address: RedisAddress, until end: Duration
    ) throws(Refusal) {
        if let password = address.password {
            try ask(handle, ["AUTH"] + (address.username.map { [$0] } ?? []) + [password], until: end)
        }
        if address.database != 0 { try ask(handle, ["SELECT", String(address.database)], until: end) }
        // A server that still reads its data from disk, or that wants a password, says so now and not to the first call.
        try ask(handle, ["PING"], until: end)
    }

    private static func ask(
        _ handle: Handle, _ arguments: [String], until end: Duration
    ) throws(Refusal) {
        let copies = arguments.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pointers = copies.map { UnsafePointer($0) }
        var lengths = arguments.map(\.utf8.count)
        guard redisAppendCommandArgv(handle, Int32(arguments.count), &pointers, &lengths) == REDIS_OK else {
            throw refusal(handle)
        }
        let answer = try answer(handle, until: end)
        defer { freeReplyObject(answer) }
        let reply = answer.assumingMemoryBound(to: redisReply.self).pointee
        guard reply.type == REDIS_REPLY_ERROR, let text = reply.str else { return }
        // Never the arguments: one of them is the password.
        let message = String(decoding: UnsafeRawBufferPointer(start: text, count: reply.len), as: UTF8.self)
        let word = message.prefix { $0 != " " }
        let isBusy =
            ["LOADING", "BUSY", "MASTERDOWN"].contains(word) || message.contains("max number of clients")
        throw Refusal(
            reason: "\(arguments.first ?? ""): \(message)",
            isFinal: !isBusy && (arguments.first != "PING" || word == "NOAUTH" || word == "NOPERM"))
    }

    /// Sends what was asked, and waits for what comes back.
    private static func answer(
        _ handle: Handle, until end: Duration
    ) throws(Refusal) -> UnsafeMutableRawPointer {
        var isSent: Int32 = 0
        while isSent == 0 {
            guard redisBufferWrite(handle, &isSent) == REDIS_OK else { throw refusal(handle) }
            if isSent == 0 { try wait(handle, for: POLLOUT, until: end) }
        }
        while true {
            var answer: UnsafeMutableRawPointer?
            guard redisGetReply(handle, &answer) == REDIS_OK else { throw refusal(handle) }
            if let answer { return answer }
            try wait(handle, for: POLLIN, until: end)
            guard redisBufferRead(handle) == REDIS_OK else { throw refusal(handle) }
        }
    }

    /// Waits until the socket can be read or written. A server that sends byte after byte gets no more time than others.
    private static func wait(
        _ handle: Handle, for events: Int32, until end: Duration
    ) throws(Refusal) {
        var source = pollfd(fd: handle.pointee.fd, events: Int16(events), revents: 0)
        while true {
            let left = (end - SystemClock().uptime).inNanoseconds
            guard left > 0 else { throw Refusal(reason: "no answer in time", isFinal: false) }
            // Rounded up, so that the end has come when it wakes; no longer than poll can count.
            let count = poll(&source, 1, Int32(min(left.adding(999_999) / 1_000_000, 60_000)))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw Refusal(reason: String(cString: strerror(errno)), isFinal: false) }
        }
    }

    /// What hiredis says about its last failure.
    private static func refusal(_ handle: Handle) -> Refusal {
        let text = withUnsafeBytes(of: handle.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Refusal(reason: text.isEmpty ? "no answer" : text, isFinal: false)
    }
}

/// Makes replies of what comes from Redis: hiredis reads the protocol, and hands each value over straight from its
/// buffer.
final class RedisReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let builder = RedisReplyBuilder()

    /// Nil when there is no memory left.
    init?() {
        functions = .allocate(capacity: 1)
        functions.initialize(to: Self.callbacks)
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            return nil
        }
        self.reader = reader
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
        // As much room is kept between replies, so that large ones do not ask for memory each time.
        reader.pointee.maxbuf = 1 << 20
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes in bytes.
    func feed(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        redisReaderFeed(reader, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// The next reply that is complete; nil when there is none yet.
    /// - Throws: what is wrong, when the bytes are not of Redis' protocol.
    func next() throws(RedisDialer.Refusal) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else {
            let text = withUnsafeBytes(of: reader.pointee.errstr) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw RedisDialer.Refusal(reason: text, isFinal: false)
        }
        return object == nil ? nil : builder.take()
    }

    /// Set one by one: later versions of hiredis have more of them, for replies that come only when asked for.
    private static var callbacks: redisReplyObjectFunctions {
        var functions = redisReplyObjectFunctions()
        functions.createString = { task, text, count in
            guard let task else { return nil }
            return RedisReplyReader.add(task) {
                let bytes = UnsafeRawBufferPointer(start: text, count: count)
                return switch task.pointee.type {
                case REDIS_REPLY_STATUS: .status(String(decoding: bytes, as: UTF8.self))
                case REDIS_REPLY_ERROR: .error(String(decoding: bytes, as: UTF8.self))
                default: .bytes(Array(bytes))
                }
            }
        }
        functions.createArray = { task, count in
            guard let data = task?.pointee.privdata else { return nil }
            Unmanaged<RedisReplyBuilder>.fromOpaque(data).takeUnretainedValue().begin(Int(count))
            return data
        }
        functions.createInteger = { task, number in
            guard let task else { return nil }
            return RedisReplyReader.add(task) { .integer(number) }
        }
        functions.createNil = { task in
            guard let task else { return nil }
            return RedisReplyReader.add(task) { .null }
        }
        // There is nothing to free: the builder has it.
        functions.freeObject = { _ in }
        return functions
    }

    /// What hiredis keeps as the object is never looked at; it must only not be nil.
    private static func add(
        _ task: UnsafePointer<redisReadTask>, _ reply: () -> RedisReply
    ) -> UnsafeMutableRawPointer? {
        guard let data = task.pointee.privdata else { return nil }
        Unmanaged<RedisReplyBuilder>.fromOpaque(data).takeUnretainedValue().add(reply())
        return data
    }
}
#else
/// The driver for Redis, on hiredis.
public enum RedisConnector {
    /// Whether the driver is compiled in, and on which hiredis it runs.
    public static let driver = Driver(
        name: "Redis", flag: "PIP_REDIS", package: "libhiredis-dev", libraryVersion: nil)
}
#endif
