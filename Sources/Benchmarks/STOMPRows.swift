#if PIP_ACTIVEMQ
import Glibc
import PipServices
import PipServicesTesting

/// Sending with a receipt and receiving with an acknowledgement, on an ActiveMQ and a RabbitMQ of their own, messages in
/// memory: against prepared frames through a socket, and against stomp.py.
func measureSTOMP(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    for broker in STOMPBench.Broker.allCases {
        let bench = try STOMPBench(broker, options, folder)
        defer { bench.stop() }
        try await measure(bench, broker, options, &table)
    }
}

private func measure(
    _ bench: STOMPBench, _ broker: STOMPBench.Broker, _ options: Options, _ table: inout Table
) async throws {
    for (size, name) in [(64, "64 B"), (4096, "4 KB")] {
        for inFlight in [1, 16] {
            for isSending in [true, false] {
                let title = "\(broker.rawValue) \(isSending ? "send" : "receive"), \(name), \(inFlight) in flight"
                progress(title)
                var rates: [STOMPBench.Side: [Double]] = [:]
                for _ in 0..<options.rounds {
                    for side in STOMPBench.Side.allCases {
                        let rate = try await bench.rate(side, isSending: isSending, size: size, inFlight: inFlight)
                        rates[side, default: []].append(rate)
                    }
                }
                for (side, baseline) in [(STOMPBench.Side.socket, "a plain socket"), (.python, "stomp.py")] {
                    table.add(
                        Row(
                            name: "\(title), against \(baseline)", unit: "per s", ours: rates[.ours] ?? [],
                            baseline: rates[side] ?? []))
                }
            }
        }
    }
}

private struct STOMPBench {
    /// Who sends or receives.
    enum Side: CaseIterable {
        case ours, socket, python
    }

    enum Broker: String, CaseIterable {
        case activeMQ = "ActiveMQ"
        case rabbitMQ = "RabbitMQ"
    }

    private let process: ChildProcess
    /// Erlang's port mapper, which RabbitMQ needs, and would start and leave behind.
    private let portMapper: ChildProcess?
    private let broker: Broker
    private let port: Int
    private let options: Options
    private let folder: WorkFolder

    init(_ broker: Broker, _ options: Options, _ folder: WorkFolder) throws {
        port = Int(try freePort())
        (self.broker, self.options, self.folder) = (broker, options, folder)
        switch broker {
        case .activeMQ:
            portMapper = nil
            process = try ChildProcess(
                "activemq", ["scripts/activemq.sh", "\(port)", folder.file("activemq")], in: folder)
        case .rabbitMQ:
            let mapperPort = "\(try freePort())"
            portMapper = try ChildProcess("epmd", ["epmd", "-address", "127.0.0.1", "-port", mapperPort], in: folder)
            process = try ChildProcess(
                "rabbitmq",
                ["scripts/rabbitmq.sh", "\(port)", "\(try freePort())", folder.file("rabbitmq"), mapperPort], in: folder
            )
        }
        for _ in 0..<6000 {
            if (try? PlainSTOMP(port)) != nil { return }
            usleep(10_000)
        }
        throw process.failure("does not start")
    }

    func stop() {
        process.stop()
        portMapper?.stop()
    }

    /// Messages in a second.
    func rate(_ side: Side, isSending: Bool, size: Int, inFlight: Int) async throws -> Double {
        let count = (options.isQuick ? 500 : 2_000) * (inFlight > 1 ? 2 : 1)
        let queue = "bench.\(IdGenerator.nextLong())"
        // Whoever receives finds the messages there; whoever sends leaves none behind.
        if !isSending { try PlainSTOMP(port).send(queue, size: size, inFlight: 100, count: count) }
        let start = ContinuousClock.now
        switch (side, isSending) {
        case (.ours, true): return try await sendOurs(queue, size: size, inFlight: inFlight, count: count)
        case (.ours, false): return try await receiveOurs(queue, inFlight: inFlight, count: count)
        case (.socket, true): try PlainSTOMP(port).send(queue, size: size, inFlight: inFlight, count: count)
        case (.socket, false): try PlainSTOMP(port).receive(queue, inFlight: inFlight, count: count)
        case (.python, _):
            return try python(queue, isSending ? "send" : "receive", size: size, inFlight: inFlight, count: count)
        }
        return Double(count) * 1000 / milliseconds(.now - start)
    }

    private func ourQueue(_ name: String, _ inFlight: Int) async throws -> any MessageQueue {
        let config: ConfigParams = [
            "connection.host": "127.0.0.1", "connection.port": "\(port)", "credential.username": "guest",
            "credential.password": "guest",
        ]
        let options: ConfigParams = ["options.prefetch": "\(inFlight)", "options.persistent": "false"]
        let queue: any MessageQueue
        switch broker {
        case .activeMQ:
            let connection = try await assemble(ActiveMQConnection(), config: config)
            try await connection.open(.empty)
            queue = try await assemble(
                ActiveMQMessageQueue(name), config: options,
                references: ["pip-services:connection:activemq:default:1.0": connection])
        case .rabbitMQ:
            let connection = try await assemble(RabbitMQConnection(), config: config)
            try await connection.open(.empty)
            queue = try await assemble(
                RabbitMQMessageQueue(name), config: options,
                references: ["pip-services:connection:rabbitmq:default:1.0": connection])
        }
        try await queue.open(.empty)
        return queue
    }

    private func sendOurs(_ name: String, size: Int, inFlight: Int, count: Int) async throws -> Double {
        let queue = try await ourQueue(name, inFlight)
        let message = MessageEnvelope(.empty, "bench", [UInt8](repeating: 120, count: size))
        let rate = try await Self.rate(inFlight, count) { try await queue.send(.empty, message) }
        try await queue.close(.empty)
        return rate
    }

    private func receiveOurs(_ name: String, inFlight: Int, count: Int) async throws -> Double {
        let queue = try await ourQueue(name, inFlight)
        let rate = try await Self.rate(inFlight, count) {
            guard let message = try await queue.receive(.empty, waitTimeout: .seconds(30)) else {
                throw BenchmarkError("a message is missing")
            }
            try await queue.complete(.empty, message)
        }
        try await queue.close(.empty)
        return rate
    }

    private static func rate(
        _ tasks: Int, _ count: Int, _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> Double {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks { group.addTask { for _ in 0..<count / tasks { try await body() } } }
            try await group.waitForAll()
        }
        return Double(count / tasks * tasks) * 1000 / milliseconds(.now - start)
    }

    private func python(_ queue: String, _ mode: String, size: Int, inFlight: Int, count: Int) throws -> Double {
        let words = [
            options.python, options.stompPeer, "\(port)", "/queue/\(queue)", mode, "\(size)", "\(inFlight)", "\(count)",
        ]
        let process = try ChildProcess("stomp.py", words, in: folder)
        try process.finish()
        let line = process.printed.split(separator: "\n").first { $0.hasPrefix("RATE ") }
        guard let rate = line.flatMap({ Double($0.dropFirst(5)) }) else { throw process.failure("prints no rate") }
        return rate
    }
}

/// A socket and prepared frames: what no client can be faster than.
private final class PlainSTOMP {
    private let socket: Int32
    private var input: [UInt8] = []
    private var room = [UInt8](repeating: 0, count: 1 << 16)

    init(_ port: Int) throws {
        socket = try openSocket()
        guard connect(socket, to: UInt16(port)) else {
            close(socket)
            throw BenchmarkError("cannot connect to the broker")
        }
        var yes: Int32 = 1
        setsockopt(socket, SOL_TCP, TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        try write("CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0")
        guard try readFrame().starts(with: "CONNECTED".utf8) else { throw BenchmarkError("the broker refuses") }
    }

    deinit { close(socket) }

    func send(_ queue: String, size: Int, inFlight: Int, count: Int) throws {
        let frame = Array(
            ("SEND\ndestination:/queue/\(queue)\nreceipt:1\ncontent-length:\(size)\n\n"
                + String(repeating: "x", count: size) + "\0").utf8)
        var sent = 0
        for received in 0..<count {
            while sent < min(count, received + inFlight) {
                try write(frame)
                sent += 1
            }
            try expectReceipt(try readFrame())
        }
    }

    func receive(_ queue: String, inFlight: Int, count: Int) throws {
        try write(
            "SUBSCRIBE\ndestination:/queue/\(queue)\nid:1\nack:client-individual\nactivemq.prefetchSize:\(inFlight)\n"
                + "prefetch-count:\(inFlight)\n\n\0")
        var receipts = 0
        while receipts < count {
            let frame = try readFrame()
            guard frame.starts(with: "MESSAGE".utf8) else {
                try expectReceipt(frame)
                receipts += 1
                continue
            }
            guard let start = frame.firstRange(of: "\nack:".utf8)?.upperBound,
                let end = frame[start...].firstIndex(of: UInt8(ascii: "\n"))
            else { throw BenchmarkError("a message has no id") }
            try write(Array("ACK\nreceipt:1\nid:".utf8) + frame[start..<end] + Array("\n\n\0".utf8))
        }
    }

    private func expectReceipt(_ frame: ArraySlice<UInt8>) throws {
        guard frame.starts(with: "RECEIPT".utf8) else {
            throw BenchmarkError("the broker answers: \(String(decoding: frame.prefix(200), as: UTF8.self))")
        }
    }

    private func write(_ text: String) throws { try write(Array(text.utf8)) }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw BenchmarkError("the broker has closed the connection") }
            rest = rest.dropFirst(count)
        }
    }

    /// The next frame. No payload here has a zero.
    private func readFrame() throws -> ArraySlice<UInt8> {
        while true {
            if let end = input.firstIndex(of: 0) {
                defer { input.removeFirst(end + 1) }
                return input[..<end].drop { $0 == UInt8(ascii: "\n") }
            }
            let count = recv(socket, &room, room.count, 0)
            guard count > 0 else { throw BenchmarkError("the broker has closed the connection") }
            input += room[..<count]
        }
    }
}
#endif
