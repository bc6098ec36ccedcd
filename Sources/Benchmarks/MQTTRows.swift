#if PIP_MQTT
import CMosquitto
import Glibc
import PipServices

/// From publish to receive, on a mosquitto of its own, against libmosquitto called without anything around it.
func measureMQTT(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let server = try MosquittoProcess(in: folder)
    defer { server.process.stop() }
    let container = Container("bench", factories: [])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "connection", "mqtt", "default", "1.0"),
                ["connection.host": "127.0.0.1", "connection.port": "\(server.port)"])
        ]))
    try await container.open(.empty)
    let mqtt = try container.references.getOneRequired("*:connection:mqtt:*:1.0", as: MQTTConnection.self)
    let received = Locked(0)
    for qos in 0...2 {
        _ = try await mqtt.subscribe(.empty, "bench/ours/\(qos)", qos: qos) { _ in received.withLock { $0 += 1 } }
    }
    let plain = Locked(try PlainMQTT(server.port))
    for (size, name) in [(64, "64 B"), (4096, "4 KB")] {
        for qos in 0...2 {
            progress("MQTT, QoS \(qos), \(name)")
            let count = (options.isQuick ? 64 : 320) * 64 / (qos + 1)
            let payload = [UInt8](repeating: 120, count: size)
            table.add(
                try await clientRow(
                    "mqtt publish to receive, QoS \(qos), \(name)", options, target: 0.8, count: count,
                    ours: { try await publish(mqtt, received, payload, qos: qos, count: count) },
                    baseline: { try plain.withLock { try $0.run(payload, qos: qos, count: count) } }))
        }
    }
    try await container.close(.empty)
}

/// Publishes with 64 tasks, and waits until everything is received.
private func publish(
    _ mqtt: MQTTConnection, _ received: Locked<Int>, _ payload: [UInt8], qos: Int, count: Int
) async throws {
    received.withLock { $0 = 0 }
    let message = MQTTMessage("bench/ours/\(qos)", payload, qos: qos)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<64 {
            group.addTask { for _ in 0..<count / 64 { try await mqtt.publish(.empty, message) } }
        }
        try await group.waitForAll()
    }
    for _ in 0..<100_000 where received.current < count / 64 * 64 { try await Task.sleep(for: .microseconds(100)) }
    guard received.current == count / 64 * 64 else { throw BenchmarkError("messages are missing") }
}

private struct MosquittoProcess {
    let process: ChildProcess
    let port: Int

    init(in folder: WorkFolder) throws {
        port = Int(try freePort())
        let config = folder.file("mosquitto.conf")
        try writeText(
            "user root\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000\n", to: config)
        process = try ChildProcess("mosquitto", ["mosquitto", "-c", config, "-p", "\(port)"], in: folder)
        for _ in 0..<500 {
            if (try? PlainMQTT(port)) != nil { return }
            usleep(10_000)
        }
        throw process.failure("does not start")
    }
}

/// libmosquitto as it is: a client that sends and one that receives, on one thread.
private final class PlainMQTT {
    private final class Counts {
        var received = 0
        var acknowledged = 0
    }

    private let sender: OpaquePointer
    private let receiver: OpaquePointer
    private let counts = Counts()

    init(_ port: Int) throws {
        mosquitto_lib_init()
        let object = Unmanaged.passUnretained(counts).toOpaque()
        guard let sender = mosquitto_new(nil, true, object), let receiver = mosquitto_new(nil, true, object) else {
            throw BenchmarkError("no memory")
        }
        (self.sender, self.receiver) = (sender, receiver)
        for client in [sender, receiver] {
            mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
            mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
            mosquitto_publish_callback_set(client) { _, object, _ in
                if let object { Unmanaged<Counts>.fromOpaque(object).takeUnretainedValue().acknowledged += 1 }
            }
            mosquitto_message_callback_set(client) { _, object, _ in
                if let object { Unmanaged<Counts>.fromOpaque(object).takeUnretainedValue().received += 1 }
            }
            guard mosquitto_connect(client, "127.0.0.1", Int32(port), 60) == 0 else {
                throw BenchmarkError("libmosquitto does not connect")
            }
        }
        for qos in 0...2 { mosquitto_subscribe(receiver, nil, "bench/plain/\(qos)", Int32(qos)) }
        for _ in 0..<50 { turn(10) }
    }

    deinit {
        mosquitto_destroy(sender)
        mosquitto_destroy(receiver)
    }

    /// Publishes messages, 64 at once, and receives them.
    func run(_ payload: [UInt8], qos: Int, count: Int) throws {
        (counts.received, counts.acknowledged) = (0, 0)
        let topic = "bench/plain/\(qos)"
        let total = count / 64 * 64
        var sent = 0
        while counts.received < total || counts.acknowledged < total {
            while sent < total, sent - min(counts.received, counts.acknowledged) < 64 {
                let code = payload.withUnsafeBytes {
                    mosquitto_publish(sender, nil, topic, Int32($0.count), $0.baseAddress, Int32(qos), false)
                }
                guard code == 0 else { throw BenchmarkError("libmosquitto does not send") }
                sent += 1
            }
            turn(1000)
        }
    }

    private func turn(_ milliseconds: Int32) {
        let clients = [sender, receiver]
        var sources = clients.map { client in
            pollfd(
                fd: mosquitto_socket(client),
                events: Int16(mosquitto_want_write(client) ? POLLIN | POLLOUT : POLLIN), revents: 0)
        }
        poll(&sources, 2, milliseconds)
        for (client, source) in zip(clients, sources) {
            if Int32(source.revents) & POLLIN != 0 { mosquitto_loop_read(client, 1) }
            if Int32(source.revents) & POLLOUT != 0 { mosquitto_loop_write(client, 1) }
            mosquitto_loop_misc(client)
        }
    }
}
#endif
