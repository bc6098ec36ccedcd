#if PIP_MQTT
import Foundation
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// What a connection does on a real broker.
@Suite struct MQTTConnectionTests {
    // MARK: - Messages

    @Test("Messages of every QoS arrive in both versions of the protocol", arguments: ["5", "3.1.1"], [0, 1, 2])
    func everyQoS(version: String, qos: Int) async throws {
        try await MQTTFixture.with(nil, ["options.protocol_version": version]) { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic, qos: qos)
            let sent = (0..<20).map { "\($0)" }
            for text in sent { try await connection.publish(.empty, MQTTMessage(topic, text: text, qos: qos)) }
            try await inbox.wait(for: sent.count)
            #expect(inbox.texts == sent)
            #expect(inbox.messages.allSatisfy { $0.qos == qos && !$0.isRetained && $0.topic == topic })
            // Those that libmosquitto leaves to its caller, and large ones.
            for payload in [[], [0], [UInt8](repeating: 7, count: 1_000_000)] as [[UInt8]] {
                try await connection.publish(.empty, MQTTMessage(topic, payload, qos: qos))
            }
            try await inbox.wait(for: sent.count + 3)
            #expect(inbox.messages.suffix(3).map(\.payload.count) == [0, 1, 1_000_000])
        }
    }

    @Test("User properties arrive in order in MQTT 5") func userProperties() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic)
            let properties: [MQTTMessage.Property] = [
                .init("a", "1"), .init("a", "2"), .init("Grüße", ""), .init("", "x"),
            ]
            try await connection.publish(.empty, MQTTMessage(topic, [1], properties: properties))
            try await inbox.wait(for: 1)
            #expect(inbox.messages[0].properties == properties)
            let code = await DriverFixture.code {
                try await connection.publish(.empty, MQTTMessage(topic, [1], properties: [.init("a\0b", "")]))
            }
            #expect(code == "BAD_MESSAGE")
        }
    }

    @Test("A retained message reaches later subscribers, even of the same filter, until it is removed")
    func retained() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            try await connection.publish(.empty, MQTTMessage(topic, text: "kept", isRetained: true))
            let first = try await connection.collect(topic)
            try await first.wait(for: 1)
            #expect(first.messages[0].isRetained)
            let second = try await connection.collect(topic)
            try await second.wait(for: 1)
            try await connection.publish(.empty, MQTTMessage(topic, [], isRetained: true))
            try await second.wait(for: 2)
            let third = try await connection.collect(topic)
            try await connection.publish(.empty, MQTTMessage(topic, text: "new"))
            try await third.wait(for: 1)
            #expect(third.texts == ["new"])
        }
    }

    @Test("Wildcards match topics; overlapping filters get each message once in MQTT 5") func wildcards()
        async throws
    {
        try await MQTTFixture.with { connection in
            let base = MQTTFixture.topic()
            let all = try await connection.collect(base + "/#")
            let one = try await connection.collect(base + "/+/x")
            let exact = try await connection.collect(base + "/a/x")
            for topic in ["/a/x", "/b/x", "/a/y"] {
                try await connection.publish(.empty, MQTTMessage(base + topic, text: topic))
            }
            try await all.wait(for: 3)
            try await one.wait(for: 2)
            try await exact.wait(for: 1)
            let end = try await connection.collect(base + "-end")
            try await connection.publish(.empty, MQTTMessage(base + "-end", text: ""))
            try await end.wait(for: 1)
            #expect(all.texts.sorted() == ["/a/x", "/a/y", "/b/x"])
            #expect(one.texts.sorted() == ["/a/x", "/b/x"])
            #expect(exact.texts == ["/a/x"])
        }
    }

    @Test("A shared subscription delivers each message to one subscriber") func sharedSubscription()
        async throws
    {
        try await MQTTFixture.with { first in
            try await MQTTFixture.with { second in
                let topic = MQTTFixture.topic()
                let inboxes = [
                    try await first.collect("$share/g/" + topic), try await second.collect("$share/g/" + topic),
                ]
                let sent = (0..<20).map { "\($0)" }
                for text in sent { try await first.publish(.empty, MQTTMessage(topic, text: text)) }
                try await waitUntil(within: .seconds(30)) { inboxes.reduce(0) { $0 + $1.texts.count } == 20 }
                #expect(inboxes.allSatisfy { !$0.texts.isEmpty })
                #expect(inboxes.flatMap(\.texts).sorted() == sent.sorted())
            }
        }
    }

    @Test("An ended subscription receives nothing, while another listener of the filter continues")
    func unsubscribe() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let inbox = MQTTInbox()
            let subscription = try await connection.subscribe(.empty, topic) { inbox.add($0) }
            let other = try await connection.collect(topic)
            await connection.unsubscribe(.empty, subscription)
            try await connection.publish(.empty, MQTTMessage(topic, text: "a"))
            try await other.wait(for: 1)
            #expect(inbox.texts.isEmpty)
        }
    }

    @Test("Queues share a connection, which sends with a second client after a subscription")
    func sharedConnection() async throws {
        try await MQTTFixture.with { connection in
            try await connection.publish(.empty, MQTTMessage("t", text: ""))
            #expect(connection.clientCount == 1)
            let queues = [
                try await MQTTFixture.queue(connection, MQTTFixture.topic()),
                try await MQTTFixture.queue(connection, MQTTFixture.topic()),
            ]
            for queue in queues { try await queue.send(.empty, MessageEnvelope(.empty, "t", queue.name)) }
            for queue in queues {
                let got = try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)))
                #expect(got.messageAsString == queue.name)
            }
            #expect(connection.clientCount == 2)
        }
    }

    @Test("Child processes do not inherit libmosquitto's sockets") func closeOnExec() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let before = Self.inherited(connectedTo: proxy.port)
        try await MQTTFixture.with(proxy.port) { connection in
            _ = try await connection.collect(MQTTFixture.topic())
            // Other tests open connections at the same time.
            try await waitUntil(within: .seconds(30)) {
                Self.inherited(connectedTo: proxy.port).subtracting(before).isEmpty
            }
        }
    }

    /// The local sockets, and those that are connected to a port, that a process would inherit.
    private static func inherited(connectedTo port: Int) -> Set<Int32> {
        Set(
            (Int32(3)..<1024).filter { descriptor in
                guard fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0 else { return false }
                var (domain, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
                guard getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 else { return false }
                return domain == AF_UNIX || Sockets.peer(of: descriptor) == port
            })
    }

    // MARK: - Sessions and wills

    @Test("A session keeps messages while there is no connection", arguments: ["5", "3.1.1"])
    func persistentSession(version: String) async throws {
        let (topic, id) = (MQTTFixture.topic(), "session-\(IdGenerator.nextLong())")
        let config: ConfigParams = [
            "client_id": id, "options.clean_session": "false", "options.protocol_version": version,
        ]
        try await MQTTFixture.with(nil, config) { connection in
            let queue = try await MQTTFixture.queue(connection, topic)
            try await queue.close(.empty)
        }
        try await MQTTFixture.with { other in
            for text in ["a", "b"] { try await other.publish(.empty, MQTTMessage(topic, text: text)) }
        }
        try await MQTTFixture.with(nil, config) { connection in
            // The messages come before anything is subscribed to.
            try await Task.sleep(for: .milliseconds(100))
            let queue = try await MQTTFixture.queue(connection, topic)
            for text in ["a", "b"] {
                let got = try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)))
                #expect(got.messageAsString == text)
            }
        }
        // The next one has another session.
        try await MQTTFixture.with(nil, ["client_id": id, "options.protocol_version": version]) { _ in }
    }

    @Test("The broker sends the will of a lost client, not of a closed one") func will() async throws {
        let topic = MQTTFixture.topic()
        let proxy = try FaultProxy(to: MQTTFixture.port())
        let will: ConfigParams = ["will.topic": topic, "will.message": "gone", "will.qos": "1"]
        try await MQTTFixture.with { observer in
            let inbox = try await observer.collect(topic)
            try await MQTTFixture.with(nil, will.override(["will.message": "closed"])) { _ in }
            try await MQTTFixture.with(proxy.port, will) { _ in
                proxy.accept(false)
                proxy.reset()
                try await inbox.wait(for: 1)
            }
            #expect(inbox.texts == ["gone"])
        }
    }

    // MARK: - Bad input

    @Test("Without a broker, opening fails with the addresses tried") func noBroker() async throws {
        let port = try Sockets.freePort()
        let error = try await MQTTFixture.opening(try MQTTFixture.config(port))
        #expect(error.code == "NO_CONNECTION")
        #expect(error.message.contains("127.0.0.1:\(port)"), "\(error.message)")
        #expect(error.message.contains("Connection refused"), "\(error.message)")
        let unknown = try await MQTTFixture.opening(["connection.host": "no-such-host.invalid"])
        #expect(unknown.code == "NO_CONNECTION")
        #expect(unknown.message.contains("no-such-host.invalid"), "\(unknown.message)")
    }

    @Test("An unresponsive broker is given up in time") func silentServer() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        proxy.set(.swallow)
        let config = try MQTTFixture.config(proxy.port, ["options.connect_timeout": "200"])
        let time = try await DriverFixture.time {
            let error = try await MQTTFixture.opening(config)
            #expect(error.code == "NO_CONNECTION")
        }
        #expect(time < DriverFixture.bound(after: .milliseconds(200)), "\(time)")
    }

    @Test("With retry_connect, opening succeeds without a broker and connects later") func retryConnect()
        async throws
    {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        proxy.accept(false)
        let config: ConfigParams = ["options.retry_connect": "true", "options.reconnect_timeout": "50"]
        try await MQTTFixture.with(proxy.port, config) { connection in
            #expect(await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NO_CONNECTION")
            proxy.accept(true)
            // It waits for the connection.
            try await connection.publish(.empty, MQTTMessage(MQTTFixture.topic(), text: "a"))
            try await connection.checkReadiness(.empty)
        }
    }

    @Test("A wrong login is an error, a correct one is accepted", arguments: ["5", "3.1.1"])
    func login(version: String) async throws {
        try await Program.withFolder { folder in
            _ = try await Program.run("mosquitto_passwd", ["-b", "-c", "\(folder)/users", "u", "secret"])
            let broker = try await ServerProcess.mosquitto(
                ["listener PORT 127.0.0.1", "allow_anonymous false", "password_file \(folder)/users"], in: folder)
            let config = try MQTTFixture.config(broker.port, ["options.protocol_version": version])
            for credential in [[:], ["credential.username": "u", "credential.password": "wrong"]] as [ConfigParams] {
                let error = try await MQTTFixture.opening(config.override(credential))
                #expect(error.code == "ACCESS_DENIED", "\(error)")
                #expect(!error.message.contains("wrong"))
            }
            let right = try await MQTTFixture.opening(
                config.override(["credential.username": "u", "credential.password": "secret"]))
            #expect(right.message == "it opened")
        }
    }

    @Test("A topic refused by the broker's access list is an error in MQTT 5") func accessList() async throws {
        try await Program.withFolder { folder in
            try Data("topic readwrite allowed/#\n".utf8).write(to: URL(fileURLWithPath: folder + "/acl"))
            let broker = try await ServerProcess.mosquitto(
                ["allow_anonymous true", "acl_file \(folder)/acl"], in: folder)
            try await MQTTFixture.with(broker.port) { connection in
                let inbox = try await connection.collect("allowed/#")
                #expect(
                    await DriverFixture.code {
                        try await connection.publish(.empty, MQTTMessage("other", text: "a"))
                    } == "ACCESS_DENIED")
                try await connection.publish(.empty, MQTTMessage("allowed/a", text: "a"))
                try await inbox.wait(for: 1)
            }
        }
    }

    @Test("Only a broker with a trusted certificate is accepted, and it may require a client certificate") func tls()
        async throws
    {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let broker = try await ServerProcess.mosquitto(
                [
                    "listener PORT 127.0.0.1", "allow_anonymous true", "cafile \(folder)/ca.crt",
                    "certfile \(folder)/server.crt", "keyfile \(folder)/server.key", "require_certificate true",
                ], in: folder)
            let config = try MQTTFixture.config(broker.port, ["connection.protocol": "mqtts"])
            let authority: ConfigParams = ["credential.ssl_ca_file": "\(folder)/ca.crt"]
            let client: ConfigParams = [
                "credential.ssl_crt_file": "\(folder)/client.crt", "credential.ssl_key_file": "\(folder)/client.key",
            ]
            let untrusted = try await MQTTFixture.opening(config.override(client))
            #expect(untrusted.code == "TLS_FAILED", "\(untrusted)")
            #expect(untrusted.message.contains("certificate"), "\(untrusted)")
            let otherHost = try await MQTTFixture.opening(
                config.override(authority).override(client).override(["connection.host": "127.0.0.2"]))
            #expect(otherHost.code != "", "\(otherHost)")
            let nameless = try await MQTTFixture.opening(config.override(authority))
            #expect(["TLS_FAILED", "NO_CONNECTION"].contains(nameless.code), "\(nameless)")
            let plain = try await MQTTFixture.opening(
                config.override(["connection.protocol": "mqtt", "options.connect_timeout": "1000"]))
            #expect(plain.code == "NO_CONNECTION", "\(plain)")
            try await MQTTFixture.with(
                broker.port,
                ConfigParams(["connection.protocol": "mqtts"]).override(authority).override(client)
                    .override(["connection.host": "localhost"])
            ) { connection in
                let inbox = try await connection.collect("t")
                for size in [1, 100_000, 2] {
                    try await connection.publish(.empty, MQTTMessage("t", [UInt8](repeating: 1, count: size)))
                }
                try await inbox.wait(for: 3)
                #expect(inbox.messages.map(\.payload.count) == [1, 100_000, 2])
            }
        }
    }

    @Test("Invalid messages and filters are refused before they reach the broker") func badInput() async throws {
        try await MQTTFixture.with(nil, ["options.max_message_size": "1000"]) { connection in
            func code(_ message: MQTTMessage) async -> String? {
                await DriverFixture.code { try await connection.publish(.empty, message) }
            }
            for topic in ["", "a/+", "#", "a\0b"] { #expect(await code(MQTTMessage(topic, text: "")) == "BAD_TOPIC") }
            for qos in [-1, 3] { #expect(await code(MQTTMessage("t", text: "", qos: qos)) == "BAD_QOS") }
            #expect(
                await code(MQTTMessage("t", [UInt8](repeating: 0, count: 1001))) == "MESSAGE_TOO_LARGE")
            for filter in ["", "a#", "$share/g"] {
                #expect(
                    await DriverFixture.code { _ = try await connection.subscribe(.empty, filter) { _ in } }
                        == "BAD_TOPIC")
            }
            #expect(
                await DriverFixture.code { _ = try await connection.subscribe(.empty, "t", qos: 3) { _ in } }
                    == "BAD_QOS")
            try await connection.publish(.empty, MQTTMessage("t", [UInt8](repeating: 0, count: 1000)))
        }
        for (setting, value) in [("options.qos", "3"), ("options.qos", "x"), ("options.max_received", "0")] {
            await #expect(throws: (any Error).self) {
                try await MQTTFixture.with { _ = try await MQTTFixture.queue($0, "q", ConfigParams([setting: value])) }
            }
        }
    }

    @Test(
        "A call that libmosquitto rejects fails at once and keeps the connection", arguments: ["5", "3.1.1"])
    func refusedByLibrary(version: String) async throws {
        // UTF-8 that MQTT does not carry.
        let bad = "a\u{FFFF}"
        let proxy = try FaultProxy(to: MQTTFixture.port())
        try await MQTTFixture.with(proxy.port, ["options.protocol_version": version]) { connection in
            let topic = MQTTFixture.topic()
            let inbox = try await connection.collect(topic)
            let connections = proxy.connections
            let calls: [(String, () async throws -> Void)] = [
                ("filter", { _ = try await connection.subscribe(.empty, bad) { _ in } }),
                ("topic", { try await connection.publish(.empty, MQTTMessage(bad, text: "")) }),
                (
                    "name",
                    { try await connection.publish(.empty, MQTTMessage(topic, [], properties: [.init(bad, "")])) }
                ),
                (
                    "value",
                    { try await connection.publish(.empty, MQTTMessage(topic, [], properties: [.init("n", bad)])) }
                ),
            ]
            for (what, call) in calls {
                // Properties are not sent in 3.1.1.
                let isSent = version == "3.1.1" && ["name", "value"].contains(what)
                #expect(await DriverFixture.code(call) == (isSent ? nil : "BAD_MESSAGE"), "\(what)")
            }
            try await connection.publish(.empty, MQTTMessage(topic, text: "good"))
            try await waitUntil(within: .seconds(30)) { inbox.texts.contains("good") }
            #expect(proxy.connections == connections)
        }
    }

    @Test("A queue with a wildcard topic receives but cannot send") func wildcardQueue() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let queue = try await MQTTFixture.queue(connection, topic + "/+")
            #expect(
                await DriverFixture.code { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
                    == "BAD_TOPIC")
            try await connection.publish(.empty, MQTTMessage(topic + "/a", text: "b"))
            #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "b")
        }
    }

    @Test("An unreadable or too large message becomes a dead letter, and the next one is received")
    func deadLetters() async throws {
        try await MQTTFixture.with { connection in
            let topic = MQTTFixture.topic()
            let queue = try await MQTTFixture.queue(
                connection, topic, ["options.serialize_envelope": "true", "options.max_message_size": "1000"])
            let large = MessageEnvelope(.empty, "t", [UInt8](repeating: 0, count: 1001))
            for payload in [Array("{".utf8), [0xFF, 0], JSONWriter.bytes(of: .map(large.toJSON()))] {
                try await connection.publish(.empty, MQTTMessage(topic, payload))
            }
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "good"))
            #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "good")
            let codes = try await queue.readDeadLetters(.empty, 10).map(\.error.code)
            #expect(codes == ["BAD_MESSAGE", "BAD_MESSAGE", "MESSAGE_TOO_LARGE"])
        }
    }

    @Test("In MQTT 5, a message above the broker's limit is refused and the connection continues")
    func brokerLimit() async throws {
        try await Program.withFolder { folder in
            let broker = try await ServerProcess.mosquitto(
                ["allow_anonymous true", "max_packet_size 2000"], in: folder)
            try await MQTTFixture.with(broker.port) { connection in
                #expect(
                    await DriverFixture.code {
                        try await connection.publish(.empty, MQTTMessage("t", [UInt8](repeating: 0, count: 2000)))
                    } == "MESSAGE_TOO_LARGE")
                try await connection.publish(.empty, MQTTMessage("t", [UInt8](repeating: 0, count: 1900)))
            }
        }
    }

    @Test("Calls on a closed connection, missing ids and invalid wills are errors") func notOpened()
        async throws
    {
        let connection = try await assemble(MQTTConnection(), config: try MQTTFixture.config())
        #expect(!connection.isOpen)
        #expect(
            await DriverFixture.code { try await connection.publish(.empty, MQTTMessage("t", text: "")) }
                == "NOT_OPENED")
        #expect(await DriverFixture.code { _ = try await connection.subscribe(.empty, "t") { _ in } } == "NOT_OPENED")
        #expect(await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NOT_OPENED")
        for (config, code) in [
            (["options.clean_session": "false"], "NO_CLIENT_ID"), (["will.topic": "a/#"], "BAD_TOPIC"),
            (["client_id": "a\0b"], "BAD_VALUE"),
        ] as [(ConfigParams, String)] {
            let connection = try await assemble(MQTTConnection(), config: try MQTTFixture.config(nil, config))
            #expect(await DriverFixture.code { try await connection.checkConfiguration(.empty) } == code)
            #expect(await DriverFixture.code { try await connection.open(.empty) } == code)
        }
    }

    @Test("Calls end at the deadline and on cancellation, and closing ends waiting calls") func ends()
        async throws
    {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        try await MQTTFixture.with(proxy.port, ["options.ack_timeout": "0"]) { connection in
            proxy.set(.swallow)
            let context = Context(deadline: SystemClock().uptime + .milliseconds(50))
            #expect(
                await DriverFixture.code { try await connection.publish(context, MQTTMessage("t", text: "")) }
                    == "NO_ANSWER")
            let cancelled = Task { try await connection.publish(.empty, MQTTMessage("t", text: "")) }
            cancelled.cancel()
            #expect(await DriverFixture.code { try await cancelled.value } == "CANCELLED")
            // The first one has its place until it is acknowledged; the second one may never have been sent.
            let before = connection.inFlightCount
            #expect(before >= 1)
            let waiting = Task { try await connection.publish(.empty, MQTTMessage("t", text: "")) }
            try await waitUntil(within: .seconds(30)) { connection.inFlightCount > before }
            try await connection.close(.empty)
            #expect(await DriverFixture.code { try await waiting.value } == "NOT_OPENED")
            try await connection.close(.empty)
        }
    }

    @Test("Sending through a queue is limited by send_timeout") func sendTimeout() async throws {
        let proxy = try FaultProxy(to: MQTTFixture.port())
        try await MQTTFixture.with(proxy.port, ["options.ack_timeout": "0"]) { connection in
            let queue = try await MQTTFixture.queue(
                connection, "q", ["options.send_timeout": "100", "options.autosubscribe": "false"])
            proxy.set(.swallow)
            let time = await DriverFixture.time {
                let code = await DriverFixture.code { try await queue.send(.empty, MessageEnvelope(.empty, "t", "a")) }
                #expect(code == "NO_ANSWER")
            }
            #expect(time < DriverFixture.bound(after: .milliseconds(100)), "\(time)")
        }
    }

    @Test("With a send_timeout of 0, sending is limited only by the connection") func noSendTimeout() async throws {
        try await MQTTFixture.with { connection in
            let queue = try await MQTTFixture.queue(
                connection, MQTTFixture.topic(), ["options.send_timeout": "0", "options.autosubscribe": "false"])
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        }
    }

    @Test("A queue with its own connection is configured, opened and closed by one section") func ownConnection()
        async throws
    {
        let topic = MQTTFixture.topic()
        let yaml = """
            - descriptor: pip-services:message-queue:mqtt:orders:1.0
              topic: \(topic)
              connection: { host: 127.0.0.1, port: \(try MQTTFixture.port()) }
              options: { autosubscribe: true, qos: 2 }
            - descriptor: pip-services:queue-factory:mqtt:default:1.0
              connection: { host: 127.0.0.1, port: \(try MQTTFixture.port()) }
            """
        try await withContainer(yaml: yaml) { container in
            let queue = try container.references.getOneRequired(
                "*:message-queue:mqtt:orders:1.0", as: MQTTMessageQueue.self)
            #expect(queue.name == "orders")
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
            #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "a")
        }
    }

    // MARK: - Internal

    private static func certificates(in folder: String) async throws {
        func run(_ line: String) async throws {
            _ = try await Program.run("openssl", line.split(separator: " ").map(String.init), in: folder)
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try await run("req -x509 \(key) -keyout ca.key -out ca.crt -days 2 -subj /CN=ca")
        try Data("subjectAltName=IP:127.0.0.1,DNS:localhost".utf8).write(to: URL(fileURLWithPath: folder + "/san"))
        for name in ["server", "client"] {
            try await run("req \(key) -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
            try await run(
                "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out \(name).crt"
            )
        }
    }
}
#endif
