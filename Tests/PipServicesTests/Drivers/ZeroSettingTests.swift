import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// All numbers of a driver that may be 0 are 0 at once: it has no limits, and works. A limit of 1 ms or of nothing would
/// show, since each answer takes some time.
@Suite struct ZeroSettingTests {
    private static let delay = Duration.milliseconds(20)

    /// The settings of a component that may be 0, all of them 0.
    private func zeros(_ locator: String, atLeast least: Int, except others: [String] = []) throws -> ConfigParams {
        let description = try #require(Container("test", factories: []).catalog().first { $0.locator == locator })
        let settings = description.settings.filter { setting in
            setting.type.hasPrefix("a ") && (setting.type.contains("at least 0") || setting.type.contains("from 0"))
                && !setting.key.hasPrefix("connection.") && !others.contains(setting.key)
        }
        #expect(settings.count >= least, "\(settings.map { $0.key })")
        return ConfigParams(StringValueMap(settings.map { ($0.key, Optional("0")) }))
    }

    #if PIP_REDIS
    @Test func redis() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        proxy.set(.delay(Self.delay))
        let config = try zeros("pip-services:connection:redis:*:1.0", atLeast: 9)
        try await RedisFixture.with(proxy.port, config) { redis in
            let key = DriverFixture.key()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await redis.set(.empty, "\(key).\(number)", [UInt8(number)], ttl: .seconds(60))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await redis.get(.empty, key + ".7") == [7])
            #expect(try await redis.pipeline(.empty, [RedisCommand("PING"), RedisCommand("PING")]).count == 2)
            // A lost connection is waited for as long as a call may take, which is for ever.
            proxy.reset()
            try await waitUntil(within: .seconds(30)) { (try? await redis.get(.empty, key + ".7")) == [7] }
            #expect(try await redis.get(.empty, key + ".8") == [8])
        }
    }
    #endif

    #if PIP_MEMCACHED
    @Test func memcached() async throws {
        let proxy = try FaultProxy(to: MemcachedFixture.port())
        proxy.set(.delay(Self.delay))
        let config = try zeros("pip-services:connection:memcached:*:1.0", atLeast: 9)
        try await MemcachedFixture.withConnection(["127.0.0.1:\(proxy.port)"], config) { connection in
            let (store, key) = (try await MemcachedFixture.on(connection, MemcachedConnector()), DriverFixture.key())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.set(.empty, "\(key).\(number)", [UInt8(number)], ttl: .seconds(60))
                    }
                }
                try await group.waitForAll()
            }
            #expect(proxy.connections <= 5, "one for each thread")
            #expect(try await store.get(.empty, key + ".7") == [7])
            try await connection.checkReadiness(.empty)
            #expect(proxy.connections <= 5, "connections of any age are used again")
        }
    }
    #endif

    #if PIP_MQTT
    @Test func mqtt() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        proxy.set(.delay(Self.delay))
        let config = try zeros("pip-services:connection:mqtt:*:1.0", atLeast: 6)
        // As if without a limit: larger than the default.
        let payload = [UInt8](repeating: 7, count: 1_500_000)
        try await MQTTFixture.with(proxy.port, config) { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { try await connection.publish(.empty, MQTTMessage(topic, text: "\(number)")) }
                }
                try await group.waitForAll()
            }
            try await connection.publish(.empty, MQTTMessage(topic, payload))
            try await inbox.wait(for: 21)
            #expect(inbox.messages.last?.payload.count == payload.count)
        }
    }
    #endif

    #if PIP_MONGODB
    @Test func mongoDB() async throws {
        let proxy = try FaultProxy(to: MongoDBFixture.port())
        proxy.set(.delay(Self.delay))
        let config = try zeros("pip-services:connection:mongodb:*:1.0", atLeast: 4)
        try await MongoDBFixture.with(proxy.port, config) { connection in
            let items: IdentifiableMongoDBPersistence<PersistenceItem> = try await MongoDBFixture.persistence(
                connection)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { _ = try await items.create(.empty, PersistenceItem(id: "\(number)", key: "a")) }
                }
                try await group.waitForAll()
            }
            #expect(try await items.getOneById(.empty, "7")?.key == "a")
        }
    }
    #endif

    #if PIP_ACTIVEMQ
    @Test(.enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"), arguments: STOMPFixture.brokers)
    func stomp(broker: STOMPBroker) async throws {
        let proxy = try FaultProxy(to: STOMPFixture.port(broker))
        proxy.set(.delay(Self.delay))
        let config = try zeros("pip-services:connection:\(broker.kind):*:1.0", atLeast: 6)
        try await STOMPFixture.with(broker, proxy.port, config) { connection in
            let ofQueue = try zeros("pip-services:message-queue:\(broker.kind):*:1.0", atLeast: 6)
            let queue = try await connection.queue(STOMPFixture.name(), ofQueue)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 10..<30 { group.addTask { try await queue.sendText("\(number)") } }
                try await group.waitForAll()
            }
            #expect(try await queue.takeTexts(20).sorted() == (10..<30).map { "\($0)" })
            try await queue.close(.empty)
        }
    }
    #endif

    #if PIP_AWS && PIP_CURL
    @Test("A client of AWS") func aws() async throws {
        let server = try FaultServer { connection, _ in
            usleep(20_000)
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1")
            return true
        }
        defer { server.stop() }
        let config = try zeros("pip-services:client:lambda:*:1.0", atLeast: 10)
        let client = try await AWSFixture.assembled(
            LambdaClient(), AWSFixture.config(server.address, config.override(["connection.resource": "f"])),
            CurlConnector())
        try await client.open(.empty)
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 { group.addTask { try await client.call(.empty, "x") } }
            for try await result in group { #expect(result == 1) }
        }
        try await client.close(.empty)
    }
    #endif

    #if PIP_AZURE && PIP_CURL
    @Test("A client of Azure") func azure() async throws {
        let server = try FaultServer { connection, _ in
            usleep(20_000)
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1")
            return true
        }
        defer { server.stop() }
        let config = try zeros(
            "pip-services:lock:storage-table:*:1.0", atLeast: 9, except: ["options.retry_timeout"])
        let client = try await AzureFixture.client(
            .queue, AzureFixture.config(server.address, config), CurlConnector())
        try await withThrowingTaskGroup(of: AnyValue.self) { group in
            for _ in 0..<20 { group.addTask { try await client.call(.empty, AzureRequest("Get", .get, "/q")) } }
            for try await result in group { #expect(result == 1) }
        }
        client.close()
    }
    #endif

    #if PIP_CURL
    @Test("libcurl, and a client of a service on it") func curl() async throws {
        let server = try FaultServer { connection, _ in
            usleep(20_000)
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1")
            return true
        }
        defer { server.stop() }
        let curl = try await assemble(
            CurlConnector(), config: try zeros("pip-services:http-connector:curl:*:1.0", atLeast: 5))
        let config = try zeros("pip-services:client:commandable-http:*:1.0", atLeast: 12)
        let client = try await assemble(
            RestClient(), config: config.override(["connection.uri": server.address]),
            references: ["pip-services:http-connector:curl:default:1.0": curl])
        try await client.open(.empty)
        try await withThrowingTaskGroup(of: AnyValue?.self) { group in
            for _ in 0..<20 { group.addTask { try await client.call(.empty, .post, "x", data: "text") } }
            for try await result in group { #expect(result == 1) }
        }
        try await client.close(.empty)
        try await curl.close(.empty)
    }
    #endif
}
