#if PIP_AMQP
import CProton
import Glibc
import PipServices
import PipServicesTesting

/// Settled sends and receives, on a RabbitMQ of its own, against Qpid Proton called without anything around it.
func measureAMQP(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    let bench = try AMQPBench(options, folder)
    defer { bench.process.stop() }
    for inFlight in [1, 64] {
        for isSending in [true, false] {
            let title = "amqp \(isSending ? "send" : "receive"), 1 KB, \(inFlight) in flight"
            progress(title)
            var (ours, plain): ([Double], [Double]) = ([], [])
            for _ in 0..<options.rounds {
                ours.append(try await bench.ours(isSending: isSending, inFlight: inFlight))
                plain.append(try bench.plain(isSending: isSending, inFlight: inFlight))
            }
            table.add(Row(name: title, unit: "per s", ours: ours, baseline: plain, target: .ratioAtLeast(0.8)))
        }
    }
}

private struct AMQPBench {
    let process: ChildProcess
    private let port: Int
    private let count: Int
    private static let size = 1_024

    init(_ options: Options, _ folder: WorkFolder) throws {
        port = Int(try freePort())
        count = options.isQuick ? 640 : 3_200
        process = try ChildProcess(
            "rabbitmq",
            ["bash", "scripts/rabbitmq.sh", "\(try freePort())", "\(port)", folder.file("rabbitmq")], in: folder)
        for _ in 0..<3000 {
            if (try? PlainAMQP(port)) != nil { return }
            usleep(20_000)
        }
        throw process.failure("does not start")
    }

    /// Messages in a second.
    func ours(isSending: Bool, inFlight: Int) async throws -> Double {
        let name = "bench.\(IdGenerator.nextLong())"
        // Whoever receives finds the messages there.
        if !isSending { try PlainAMQP(port).send(name, size: Self.size, inFlight: 64, count: count) }
        let connection = try await assemble(
            AMQPConnection(),
            config: [
                "connection.host": "127.0.0.1", "connection.port": "\(port)", "credential.username": "guest",
                "credential.password": "guest",
            ])
        try await connection.open(.empty)
        let queue = try await assemble(
            AMQPMessageQueue(name), config: ["options.prefetch": "\(inFlight)"],
            references: ["pip-services:connection:amqp:default:1.0": connection])
        try await queue.open(.empty)
        let message = MessageEnvelope(.empty, "bench", [UInt8](repeating: 120, count: Self.size))
        let share = count / inFlight
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    for _ in 0..<share {
                        if isSending {
                            try await queue.send(.empty, message)
                        } else {
                            guard let message = try await queue.receive(.empty, waitTimeout: .seconds(30)) else {
                                throw BenchmarkError("a message is missing")
                            }
                            try await queue.complete(.empty, message)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let rate = Double(count / inFlight * inFlight) * 1000 / milliseconds(.now - start)
        try await queue.close(.empty)
        try await connection.close(.empty)
        return rate
    }

    func plain(isSending: Bool, inFlight: Int) throws -> Double {
        let name = "bench.\(IdGenerator.nextLong())"
        if !isSending { try PlainAMQP(port).send(name, size: Self.size, inFlight: 64, count: count) }
        let client = try PlainAMQP(port)
        let start = ContinuousClock.now
        if isSending {
            try client.send(name, size: Self.size, inFlight: inFlight, count: count)
        } else {
            try client.receive(name, inFlight: inFlight, count: count)
        }
        return Double(count) * 1000 / milliseconds(.now - start)
    }
}

/// Qpid Proton as it is: one connection and one link, on the calling thread.
private final class PlainAMQP {
    private var driver = UnsafeMutablePointer<pn_connection_driver_t>.allocate(capacity: 1)
    private let descriptor: Int32
    private var session: OpaquePointer?
    private var isOpen = false
    private var isOver = false
    private var settled = 0

    init(_ port: Int) throws {
        driver.initialize(to: pn_connection_driver_t())
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var one = Int32(1)
        setsockopt(descriptor, SOL_TCP, TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        pn_connection_driver_init(driver, nil, nil)
        guard code == 0, let connection = driver.pointee.connection, let transport = driver.pointee.transport else {
            throw BenchmarkError("proton does not connect")
        }
        pn_connection_set_container(connection, "bench-\(UInt32.random(in: 0...UInt32.max))")
        pn_connection_set_user(connection, "guest")
        pn_connection_set_password(connection, "guest")
        let sasl = pn_sasl(transport)
        pn_sasl_allowed_mechs(sasl, "PLAIN")
        pn_sasl_set_allow_insecure_mechs(sasl, true)
        pn_connection_driver_bind(driver)
        pn_connection_open(connection)
        session = pn_session(connection)
        pn_session_open(session)
        while !isOpen { try turn { _ in } }
    }

    deinit {
        pn_connection_driver_destroy(driver)
        driver.deallocate()
        close(descriptor)
    }

    func send(_ name: String, size: Int, inFlight: Int, count: Int) throws {
        let link = pn_sender(session, "sender")
        pn_terminus_set_address(pn_link_target(link), "/queue/\(name)")
        pn_terminus_set_durability(pn_link_target(link), PN_DELIVERIES)
        pn_terminus_set_address(pn_link_source(link), "bench")
        pn_link_open(link)
        let message =
            [0x00, 0x53, 0x75, 0xB0, 0, 0, UInt8(size >> 8), UInt8(size & 255)] + [UInt8](repeating: 120, count: size)
        var sent = 0
        settled = 0
        while settled < count {
            while sent < count, sent - settled < inFlight, pn_link_credit(link) > 0 {
                let tag = withUnsafeBytes(of: UInt64(sent)) { Array($0) }
                tag.withUnsafeBytes {
                    _ = pn_delivery(link, pn_dtag($0.baseAddress?.assumingMemoryBound(to: CChar.self), 8))
                }
                message.withUnsafeBytes {
                    _ = pn_link_send(link, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
                }
                pn_link_advance(link)
                sent += 1
            }
            try turn { delivery in
                guard pn_delivery_remote_state(delivery) != 0 else { return }
                pn_delivery_settle(delivery)
                self.settled += 1
            }
        }
    }

    func receive(_ name: String, inFlight: Int, count: Int) throws {
        let link = pn_receiver(session, "receiver")
        pn_terminus_set_address(pn_link_source(link), "/queue/\(name)")
        pn_terminus_set_durability(pn_link_source(link), PN_DELIVERIES)
        pn_terminus_set_address(pn_link_target(link), "bench")
        pn_link_set_rcv_settle_mode(link, PN_RCV_SECOND)
        pn_link_open(link)
        pn_link_flow(link, Int32(inFlight))
        settled = 0
        var room = [CChar](repeating: 0, count: 65_536)
        while settled < count {
            try turn { delivery in
                if pn_delivery_settled(delivery) {
                    pn_delivery_settle(delivery)
                    self.settled += 1
                    pn_link_flow(link, 1)
                } else if pn_delivery_readable(delivery), !pn_delivery_partial(delivery) {
                    _ = pn_link_recv(link, &room, room.count)
                    pn_link_advance(link)
                    pn_delivery_update(delivery, UInt64(PN_ACCEPTED))
                }
            }
        }
    }

    private func turn(_ onDelivery: (OpaquePointer) -> Void) throws {
        while let event = pn_connection_driver_next_event(driver) {
            switch pn_event_type(event) {
            case PN_CONNECTION_REMOTE_OPEN: isOpen = true
            case PN_DELIVERY: if let delivery = pn_event_delivery(event) { onDelivery(delivery) }
            case PN_TRANSPORT_CLOSED, PN_SESSION_REMOTE_CLOSE, PN_LINK_REMOTE_CLOSE: isOver = true
            default: break
            }
        }
        if isOver { throw BenchmarkError("RabbitMQ ended the connection") }
        let output = pn_connection_driver_write_buffer(driver)
        if output.size > 0 {
            let count = Glibc.send(descriptor, output.start, output.size, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw BenchmarkError("proton does not send") }
            pn_connection_driver_write_done(driver, count)
            return
        }
        guard !pn_connection_driver_has_event(driver) else { return }
        let input = pn_connection_driver_read_buffer(driver)
        let count = recv(descriptor, input.start, input.size, 0)
        guard count > 0 else { throw BenchmarkError("RabbitMQ ended the connection") }
        pn_connection_driver_read_done(driver, count)
    }
}
#endif
