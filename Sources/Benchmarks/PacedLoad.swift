import Glibc

/// Sends requests at a steady rate, whatever the answers take, and measures how long each takes from the moment when it
/// was due: a server that falls behind does not make its load lighter.
struct PacedLoad {
    let port: UInt16
    let path: String
    /// Requests per second.
    let rate: Double
    let connections: Int

    private struct Line {
        var descriptor: Int32
        /// When the request was due that is under way.
        var due: ContinuousClock.Instant?
        var received = 0
    }

    /// Microseconds per request, in the order of the answers.
    func latencies(seconds: Double) throws -> [Double] {
        let request = Array(
            ("POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(Load.body.utf8.count)\r\n\r\n\(Load.body)").utf8)
        var lines: [Line] = []
        defer { for line in lines { close(line.descriptor) } }
        for _ in 0..<connections { lines.append(Line(descriptor: try open())) }
        let length = try answerLength(lines[0].descriptor, request)

        let interval = Duration.seconds(1 / rate)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        var next = start
        var free = Array(lines.indices)
        var latencies: [Double] = []
        var events = lines.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let now = ContinuousClock.now
            guard now < end || free.count < lines.count else { return latencies }
            guard now < end + .seconds(10) else { throw BenchmarkError("\(path) does not answer all requests") }
            while next <= now, next < end, let index = free.popLast() {
                let count = request.withUnsafeBytes {
                    send(lines[index].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count == request.count else { throw BenchmarkError("\(path) takes no request") }
                lines[index].due = next
                lines[index].received = 0
                next += interval
            }
            // Asking again and again is more exact than the system's timers; the server has the other cores.
            guard poll(&events, nfds_t(events.count), 0) > 0 else {
                sched_yield()
                continue
            }
            for index in lines.indices where events[index].revents != 0 {
                let count = recv(lines[index].descriptor, &buffer, buffer.count, 0)
                guard count > 0, let due = lines[index].due else {
                    throw BenchmarkError("\(path) closed a connection")
                }
                lines[index].received += count
                guard lines[index].received >= length else { continue }
                latencies.append((.now - due) / .microseconds(1))
                lines[index].due = nil
                free.append(index)
            }
        }
    }

    /// The bytes of an answer, its header included, which all have in common.
    private func answerLength(_ descriptor: Int32, _ request: [UInt8]) throws -> Int {
        _ = request.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw BenchmarkError("\(path) does not answer") }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            guard let head = text.firstRange(of: "\r\n\r\n") else { continue }
            let fields = text[..<head.lowerBound].lowercased().split(separator: "\r\n")
            guard text.hasPrefix("HTTP/1.1 200 "),
                let field = fields.first(where: { $0.hasPrefix("content-length:") }),
                let length = Int(field.dropFirst("content-length:".count).drop { $0 == " " })
            else { throw BenchmarkError("\(path) answers \(text.prefix(100))") }
            let whole = text[..<head.upperBound].utf8.count + length
            if received.count >= whole { return whole }
        }
    }

    private func open() throws -> Int32 {
        let descriptor = try openSocket()
        guard connect(descriptor, to: port) else {
            close(descriptor)
            throw BenchmarkError("nobody listens on port \(port)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_TCP, TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}

/// The value below which so many percent of the values are.
func percentile(_ values: [Double], _ percent: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))]
}
