#if PIP_MQTT
import PipServicesTesting
import Testing

@testable import PipServices

/// The parts of the driver that need no broker.
@Suite struct MQTTPartsTests {
    @Test(
        "Filters match the topics that the standard specifies",
        arguments: [
            ("a/b", "a/b", true), ("a/b", "a/c", false), ("a/+", "a/b", true), ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("+/+", "/b", true), ("+", "/b", false), ("a/#", "a", true), ("a/#", "a/b/c", true), ("#", "a/b", true),
            ("#", "$SYS/a", false), ("+/a", "$SYS/a", false), ("$SYS/#", "$SYS/a", true), ("a/+/c", "a//c", true),
            ("a", "a/", false), ("e\u{301}", "\u{E9}", false),
        ])
    func matching(filter: String, topic: String, expected: Bool) {
        #expect(MQTTTopic.matches(filter, topic) == expected)
    }

    @Test(
        "Topics and filters that the standard forbids are rejected",
        arguments: [
            ("a/b", true, true), ("", false, false), ("a/+", false, true), ("a/#", false, true), ("a#", false, false),
            ("#/a", false, false), ("a+/b", false, false), ("a\u{0}b", false, false), ("$share/g/a/+", false, true),
            ("$share/g", true, false), ("$share//a", true, false), ("$share/+/a", false, false),
            ("$share/g/", true, false),
            (String(repeating: "a", count: 65_535), true, true), (String(repeating: "a", count: 65_536), false, false),
        ])
    func rules(text: String, isName: Bool, isFilter: Bool) {
        #expect((MQTTTopic.problem(ofName: text) == nil) == isName)
        #expect((MQTTTopic.problem(ofFilter: text) == nil) == isFilter)
    }

    @Test("The group of a shared subscription is not part of its topic") func sharedTopic() {
        #expect(MQTTTopic.withoutGroup("$share/g/a/b") == "a/b")
        #expect(MQTTTopic.withoutGroup("a/b") == "a/b")
    }

    // MARK: - Outbox

    @Test("Unacknowledged messages are sent again first, in order") func outboxResends() {
        var outbox = MQTTOutbox<String>()
        for name in ["a", "b", "c", "d"] {
            outbox.append(outbox.makeId(), MQTTMessage("t", text: name), name, deadline: .seconds(10))
        }
        let taken = outbox.take(3)
        #expect(taken.map(\.message.payload) == ["a", "b", "c"].map { Array($0.utf8) })
        for (index, call) in taken.enumerated() { outbox.noteSent(call.id, mid: Int32(index + 1)) }
        #expect(outbox.acknowledge(mid: 2) == "b")
        #expect(outbox.acknowledge(mid: 2) == nil)
        outbox.loseConnection()
        #expect(outbox.inFlightCount == 0)
        #expect(outbox.take(10).map(\.message.payload) == ["a", "c", "d"].map { Array($0.utf8) })
    }

    @Test("An abandoned call gets no reply, and its message is not sent again") func outboxAbandons() {
        var outbox = MQTTOutbox<String>()
        let (first, second) = (outbox.makeId(), outbox.makeId())
        outbox.append(first, MQTTMessage("t", text: "a"), "a", deadline: .seconds(10))
        outbox.append(second, MQTTMessage("t", text: "b"), "b", deadline: .seconds(10))
        #expect(outbox.size > 0)
        let taken = outbox.take(1)
        outbox.noteSent(taken[0].id, mid: 1)
        #expect(outbox.abandon(first) == "a")
        #expect(outbox.abandon(second) == "b")
        #expect((outbox.count, outbox.inFlightCount) == (1, 1))
        outbox.loseConnection()
        #expect(outbox.take(10).isEmpty)
        #expect((outbox.count, outbox.size) == (0, 0))
    }

    @Test("Expired calls report whether their message was sent") func outboxExpires() {
        var outbox = MQTTOutbox<String>()
        for (name, end) in [("a", 1), ("b", 1), ("c", 2)] {
            outbox.append(outbox.makeId(), MQTTMessage("t", text: name), name, deadline: .seconds(end))
        }
        for call in outbox.take(1) { outbox.noteSent(call.id, mid: 1) }
        #expect(outbox.expire(at: .milliseconds(999)).isEmpty)
        let expired = outbox.expire(at: .seconds(1)).sorted { $0.waiter < $1.waiter }
        #expect(expired.map(\.waiter) == ["a", "b"])
        #expect(expired.map(\.wasSent) == [true, false])
        #expect(outbox.nextDeadline == .seconds(2))
        #expect(outbox.removeAll() == ["c"])
    }

    @Test("Calls that end before they are sent leave a bounded number of ids") func outboxQueue() throws {
        var outbox = MQTTOutbox<String>()
        for _ in 0..<10_000 {
            let id = outbox.makeId()
            outbox.append(id, MQTTMessage("t", text: ""), "a", deadline: .seconds(10))
            _ = outbox.abandon(id)
        }
        #expect(outbox.count == 0)
        let queue = try #require(Mirror(reflecting: outbox).children.first { $0.label == "queue" }?.value)
        #expect(Mirror(reflecting: queue).children.count <= 1010)
    }

    // MARK: - Subscriptions

    private typealias Subscriptions = MQTTSubscriptions<String, Int>

    private func subscriptions(_ filters: (String, Int)...) -> Subscriptions {
        var subscriptions = Subscriptions()
        for (index, (filter, qos)) in filters.enumerated() {
            subscriptions.add(filter, qos: qos, id: index, "l\(index)", index, deadline: .seconds(10))
        }
        return subscriptions
    }

    @Test("Listeners of one filter share a subscription with the highest QoS until the last one ends")
    func sharedSubscription() throws {
        var subscriptions = subscriptions(("a", 0), ("a", 2), ("b", 1))
        let requests = subscriptions.takeRequests()
        #expect(requests.count == 2)
        guard case .subscribe("a", 2, _)? = requests.first else { return #expect(Bool(false), "\(requests)") }
        subscriptions.noteSent("a", mid: 1)
        #expect(Set(subscriptions.listeners(of: "a", numbers: [])) == ["l0", "l1"])
        #expect(subscriptions.answer(mid: 1, isAccepted: true).waiters == [0, 1])
        #expect(subscriptions.remove("a", id: 0, keepsSubscription: false).listener == "l0")
        #expect(!subscriptions.takeRequests().contains(.unsubscribe(filter: "a")))
        #expect(subscriptions.remove("a", id: 1, keepsSubscription: false).listener == "l1")
        #expect(subscriptions.takeRequests().contains(.unsubscribe(filter: "a")))
    }

    @Test("Without a session all subscriptions are renewed, with a session only unanswered ones")
    func renewal() {
        var subscriptions = subscriptions(("a", 1), ("b", 1))
        _ = subscriptions.takeRequests()
        subscriptions.noteSent("a", mid: 1)
        subscriptions.noteSent("b", mid: 2)
        _ = subscriptions.answer(mid: 1, isAccepted: true)
        #expect(subscriptions.isWaiting)
        #expect(subscriptions.takeRequests().isEmpty)
        subscriptions.noteConnection(isSessionPresent: true)
        #expect(!subscriptions.isWaiting)
        #expect(subscriptions.takeRequests().count == 1)
        subscriptions.noteConnection(isSessionPresent: false)
        #expect(subscriptions.takeRequests().count == 2)
    }

    @Test("A refused or unanswered subscription removes its listeners") func refusal() {
        var subscriptions = subscriptions(("a", 1), ("b", 1))
        _ = subscriptions.takeRequests()
        subscriptions.noteSent("a", mid: 1)
        let ended = subscriptions.answer(mid: 1, isAccepted: false)
        #expect(ended.waiters == [0])
        #expect(ended.removed == ["l0"])
        #expect(subscriptions.nextDeadline == .seconds(10))
        let expired = subscriptions.expire(at: .seconds(10))
        #expect(expired.map(\.waiter) == [1])
        #expect(expired.map(\.listener) == ["l1"])
        #expect(subscriptions.isEmpty)
    }

    @Test("A refused renewal keeps the listeners, and is requested again on the next connection")
    func refusedRenewal() {
        var subscriptions = subscriptions(("a", 1))
        _ = subscriptions.takeRequests()
        subscriptions.noteSent("a", mid: 1)
        _ = subscriptions.answer(mid: 1, isAccepted: true)
        subscriptions.noteConnection(isSessionPresent: false)
        #expect(subscriptions.takeRequests().count == 1)
        subscriptions.noteSent("a", mid: 2)
        let ended = subscriptions.answer(mid: 2, isAccepted: false)
        #expect(ended.removed.isEmpty && ended.deaf == "a")
        #expect(subscriptions.takeRequests().isEmpty)
        #expect(subscriptions.listeners(of: "a", numbers: []) == ["l0"])
        subscriptions.noteConnection(isSessionPresent: false)
        #expect(subscriptions.takeRequests().count == 1)
    }

    @Test("An expired wait does not end the subscription of a persistent session", arguments: [true, false])
    func expiryOfPersistentSessions(isPersistent: Bool) {
        var subscriptions = subscriptions(("a", 1))
        _ = subscriptions.takeRequests()
        #expect(subscriptions.expire(at: .seconds(10), keepsSubscription: isPersistent).count == 1)
        #expect(subscriptions.takeRequests().isEmpty == isPersistent)
    }

    @Test("A subscription identifier selects the matching subscription") func numbers() throws {
        var subscriptions = subscriptions(("a/#", 1), ("a/b", 1))
        var numbers: [Int] = []
        for case .subscribe(_, _, let number) in subscriptions.takeRequests() { numbers.append(number) }
        #expect(Set(subscriptions.listeners(of: "a/b", numbers: [])) == ["l0", "l1"])
        #expect(subscriptions.listeners(of: "a/b", numbers: [numbers[1]]) == ["l1"])
        #expect(subscriptions.listeners(of: "a/b", numbers: [numbers[0]]) == ["l0"])
        // Of a subscription that an earlier process made.
        #expect(Set(subscriptions.listeners(of: "a/b", numbers: [1])) == ["l0", "l1"])
        #expect(subscriptions.listeners(of: "a/c", numbers: [numbers[1]]) == ["l0"])
    }

    // MARK: - Reconnecting

    @Test("A lost connection is re-established at once, a short-lived one only after a growing back-off")
    func backOff() {
        var reconnector = MQTTReconnector(delay: .seconds(1), maxDelay: .seconds(8))
        let random = SeededRandom(seed: 1)
        var now = Duration.seconds(100)
        reconnector.noteConnection(at: now)
        let isRepeated = reconnector.noteLoss(at: now, random: random)
        #expect(!isRepeated)
        #expect(reconnector.dueTime == now)
        var delays: [Duration] = []
        for _ in 0..<6 {
            reconnector.noteConnection(at: now)
            now += .seconds(1)
            let isRepeated = reconnector.noteLoss(at: now, random: random)
            #expect(isRepeated)
            delays.append(reconnector.dueTime - now)
        }
        #expect(delays[0] >= .milliseconds(500) && delays[0] <= .seconds(1))
        #expect(delays[5] >= .seconds(4) && delays[5] <= .seconds(8))
        reconnector.noteConnection(at: now)
        now += MQTTReconnector.stableTime
        reconnector.noteLoss(at: now, random: random)
        #expect(reconnector.dueTime == now)
        reconnector.noteConnection(at: now)
        now += MQTTReconnector.stableTime
        reconnector.noteLoss(at: now, isTakenOver: true, random: random)
        #expect(reconnector.dueTime - now >= .seconds(4))
    }

    // MARK: - Configuration

    @Test("An address is parsed from parameters and from URIs") func addresses() throws {
        let plain = try MQTTAddress(.empty, ["host": "h"], [:])
        #expect((plain.host, plain.port, plain.tls) == ("h", 1883, nil))
        let secure = try MQTTAddress(.empty, ["uri": "mqtts://u:p%40@h"], [:])
        #expect((secure.port, secure.username, secure.password) == (8883, "u", "p@"))
        #expect(secure.tls != nil)
        #expect(!"\(secure) \(String(reflecting: secure))".contains("p@"))
        for (parameters, code) in [
            (["host": "h", "protocol": "http"], "UNSUPPORTED_PROTOCOL"), (["port": "1"], "NO_HOST"),
            (["host": "h", "port": "x"], "NO_PORT"), (["uri": "mqtt://a,b"], "MULTIPLE_CONNECTIONS_NOT_SUPPORTED"),
        ] as [(ConfigParams, String)] {
            let error = #expect(throws: ApplicationError.self) {
                try MQTTAddress(.empty, ConnectionParams(parameters), [:])
            }
            #expect(error?.code == code)
        }
        for (credential, code) in [
            (["ssl_ca_file": "/no/file"], "FILE_NOT_READABLE"), (["ssl_crt_file": "/dev/null"], "NO_SSL_KEY_FILE"),
            (["ssl_key_file": "/dev/null"], "NO_SSL_CRT_FILE"),
        ] as [(ConfigParams, String)] {
            let error = #expect(throws: ApplicationError.self) {
                try MQTTAddress(.empty, ["host": "h", "protocol": "mqtts"], CredentialParams(credential))
            }
            #expect(error?.code == code)
        }
    }

    // MARK: - Envelopes

    @Test("An envelope survives conversion to user properties and to JSON", arguments: [true, false]) func envelopes(
        isJSON: Bool
    )
        throws
    {
        for payload in [nil, [], [1, 2, 0, 255]] as [[UInt8]?] {
            var sent = MessageEnvelope(Context(traceId: "trace"), "type", payload, group: "g")
            sent.replyTo = "r"
            sent.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "a=b")
            sent.sentTime = ISODate.parse("2026-01-02T03:04:05.678Z")
            let message = MQTTMessage(sent, topic: "t", qos: 1, isRetained: false, isJSON: isJSON)
            let got = message.envelope(isJSON: isJSON)
            #expect(got == sent)
        }
    }

    @Test("A raw payload without user properties has the topic as its type") func rawPayload() {
        let got = MQTTMessage("a/b", text: "x").envelope(isJSON: false)
        #expect((got.messageType, got.messageAsString) == ("a/b", "x"))
        #expect(!got.messageId.isEmpty)
        let typeless = MQTTMessage(
            MessageEnvelope(.empty, nil, "x"), topic: "t", qos: 0, isRetained: false, isJSON: false)
        #expect(typeless.envelope(isJSON: false).messageType == nil)
        #expect(MQTTMessage("t", text: "{").envelope(isJSON: true).defect?.code == "BAD_MESSAGE")
    }
}
#endif
