#if PIP_REDIS
internal import CHiredis

/// A key-value store on Redis, on which cache, lock and state store are built. Replies are parsed with hiredis.
///
/// It uses the service's ``RedisConnection`` at `*:connection:redis:*:1.0` if that exists; otherwise it opens its own,
/// configured in the same section. Keys and values are sent unchanged.
public final class RedisConnector: RedisExecutor, Component {
    /// Whether the driver is compiled in, and the version of hiredis.
    public static let driver = Driver(
        name: "Redis", flag: "PIP_REDIS", package: "libhiredis-dev libssl-dev",
        libraryVersion: String(cString: pip_redis_version()))

    private let connection = Shared<RedisConnection>("connection", "*:connection:redis:*:1.0") { RedisConnection() }

    /// Creates a connector.
    public init() {}

    /// Sends one command and returns its reply.
    public func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply {
        try await connection().execute(context, command)
    }

    /// Sends several commands in one round trip.
    public func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        try await connection().pipeline(context, commands)
    }

    /// Executes several commands as a transaction.
    public func transaction(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        try await connection().transaction(context, commands)
    }

    /// Runs `body` with a dedicated connection.
    public func withSession<Result: Sendable>(
        _ context: Context, _ body: @Sendable (RedisSession) async throws -> Result
    ) async throws -> Result {
        try await connection().withSession(context, body)
    }

    /// Subscribes to channels and patterns.
    public func subscribe(
        _ context: Context, channels: [String], patterns: [String]
    ) async throws -> RedisSubscription {
        try await connection().subscribe(context, channels: channels, patterns: patterns)
    }
}

// MARK: - Internal

/// Parses Redis replies with the hiredis reader, which passes each value directly from its buffer.
///
/// hiredis keeps pointers to the builder and to the function table. Both live until `deinit` has freed the reader: the
/// builder is retained, the table is allocated manually. Each function that calls hiredis keeps this object alive
/// during the call.
final class RedisReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let builder: Unmanaged<RedisReplyBuilder>

    /// Nil if memory is exhausted.
    init?() {
        functions = .allocate(capacity: 1)
        functions.initialize(to: Self.callbacks)
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            return nil
        }
        self.reader = reader
        builder = .passRetained(RedisReplyBuilder())
        reader.pointee.privdata = builder.toOpaque()
        // The size of the buffer kept between replies: larger ones are allocated each time.
        reader.pointee.maxbuf = 1 << 20
    }

    deinit {
        redisReaderFree(reader)
        builder.release()
        functions.deallocate()
    }

    /// Adds the first `count` bytes to the parser.
    func feed(_ bytes: [UInt8], count: Int) {
        // A failure is reported by `next()`.
        withExtendedLifetime(self) {
            bytes.withUnsafeBytes {
                _ = redisReaderFeed(reader, $0.baseAddress?.assumingMemoryBound(to: CChar.self), min(count, $0.count))
            }
        }
    }

    /// Returns the next complete reply; nil if more bytes are needed.
    /// - Throws: an error if the bytes violate the protocol.
    func next() throws(RedisConnectionError) -> RedisReply? {
        try withExtendedLifetime(self) { () throws(RedisConnectionError) -> RedisReply? in
            var object: UnsafeMutableRawPointer?
            guard redisReaderGetReply(reader, &object) == REDIS_OK else {
                let text = withUnsafeBytes(of: reader.pointee.errstr) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                throw RedisConnectionError(reason: "the server violated the protocol: \(text)")
            }
            return object == nil ? nil : builder.takeUnretainedValue().take()
        }
    }

    /// The functions that hiredis calls for each value. Later versions have more of them for RESP3 types, which Redis
    /// sends only on request.
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
        // The builder owns the values.
        functions.freeObject = { _ in }
        return functions
    }

    /// Passes a value to the builder.
    /// - Returns: an opaque value for hiredis, which must not be nil and is never read.
    private static func add(
        _ task: UnsafePointer<redisReadTask>, _ reply: () -> RedisReply
    ) -> UnsafeMutableRawPointer? {
        guard let data = task.pointee.privdata else { return nil }
        Unmanaged<RedisReplyBuilder>.fromOpaque(data).takeUnretainedValue().add(reply())
        return data
    }
}
#else
/// The Redis driver, which uses hiredis.
public enum RedisConnector {
    /// Whether the driver is compiled in, and the version of hiredis.
    public static let driver = Driver(
        name: "Redis", flag: "PIP_REDIS", package: "libhiredis-dev libssl-dev", libraryVersion: nil)
}
#endif
