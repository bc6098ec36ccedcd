#if PIP_MQTT
import PipServicesTesting
import Testing

@testable import PipServices

/// The same topics, by the toolkit's Python edition and by the clients of mosquitto.
@Suite struct MQTTInteropTests {
    @Test(
        "Messages are exchanged with the Python edition, as envelopes and raw", arguments: [true, false],
        ["5", "3.1.1"])
    func python(isJSON: Bool, version: String) async throws {
        let name = MQTTFixture.topic("python")
        let replies = name + "-replies"
        try await MQTTFixture.with(nil, ["options.protocol_version": version]) { connection in
            let config: ConfigParams = ["options.serialize_envelope": "\(isJSON)"]
            let queue = try await MQTTFixture.queue(connection, name, config)
            let answers = try await MQTTFixture.queue(connection, replies, config)
            // The peer receives one message, and sends what it has received.
            let ready = try await connection.collect(name + "-ready")
            async let peer = DriverFixture.python(
                "mqtt_peer.py", ["\(try MQTTFixture.port())", name, replies, isJSON ? "true" : "false"])
            try await ready.wait(for: 1)
            let sent = MessageEnvelope(Context(traceId: "trace"), "greeting", "Grüße")
            try await queue.send(.empty, sent)
            let answer = try #require(try await answers.receive(.empty, waitTimeout: .seconds(60)))
            #expect(answer.messageAsString == "Grüße")
            if isJSON {
                #expect(answer.messageId == sent.messageId)
                #expect((answer.traceId, answer.messageType) == ("trace", "greeting"))
            } else {
                #expect(answer.messageType == replies)
            }
            _ = try await peer
        }
    }

    @Test("Messages are exchanged with mosquitto_sub and mosquitto_pub", arguments: [0, 1, 2])
    func mosquittoClients(qos: Int) async throws {
        let topic = MQTTFixture.topic("clients")
        try await MQTTFixture.with { connection in
            let queue = try await MQTTFixture.queue(connection, topic, ["options.qos": "\(qos)"])
            _ = try await MQTTFixture.client(
                "mosquitto_pub",
                [
                    "-V", "5", "-q", "\(qos)", "-t", topic, "-m", "Grüße", "-D", "publish", "user-property",
                    "message_type", "greet",
                ])
            let got = try #require(try await queue.receive(.empty, waitTimeout: .seconds(60)))
            #expect((got.messageAsString, got.messageType) == ("Grüße", "greet"))
            // Retained, so that it does not matter when the other one subscribes.
            try await connection.publish(.empty, MQTTMessage(topic, text: "kept", qos: qos, isRetained: true))
            let text = try await MQTTFixture.client(
                "mosquitto_sub", ["-V", "5", "-q", "\(qos)", "-t", topic, "-C", "1", "-W", "60", "-F", "%p %q %r"])
            #expect(text == "kept \(qos) 1\n")
            try await connection.publish(.empty, MQTTMessage(topic, [], qos: qos, isRetained: true))
        }
    }
}
#endif
