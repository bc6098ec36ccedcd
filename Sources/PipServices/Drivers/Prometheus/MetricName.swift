/// The Prometheus name and labels of a counter.
struct MetricName {
    /// A name of the form `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    var name: String
    /// The labels, in the order in which they are shown.
    var labels: [LabelledName.Label]

    /// The toolkit's mapping, based on its naming convention: `a.b.exec_time` becomes `exec_time` of the service `a`
    /// and the command `b`. `a` may consist of several parts.
    init(_ counter: String) {
        let parts = counter.parts(separatedBy: ".").map(String.init)
        let last = parts.last ?? ""
        func joined(_ range: Range<Int>) -> String { parts[range].joined(separator: ".") }
        let count = parts.count
        switch last {
        case "exec_count", "exec_time", "exec_errors":
            guard count > 1 else { break }
            self.init(last, [("service", joined(0..<count - 2)), ("command", parts[count - 2])])
            return
        case "call_count", "call_time", "call_errors":
            guard count > 1 else { break }
            self.init(
                last,
                [
                    ("service", count > 2 ? parts[count - 3] : ""), ("command", parts[count - 2]),
                    ("target", count > 3 ? joined(0..<count - 3) : ""),
                ])
            return
        case "sent_messages", "received_messages", "dead_messages":
            guard count > 2 else { break }
            self.init("\(parts[0])_\(last)", [("queue", joined(1..<count - 1))])
            return
        case "hits", "misses", "evictions", "errors", "stale_hits":
            guard count > 2, parts[0].isSame(as: "cache") else { break }
            self.init("cache_\(last)", [("cache", joined(1..<count - 1))])
            return
        default: break
        }
        self.init(counter, [])
    }

    /// The exact mapping of the other editions.
    init(reference counter: String) {
        let parts = counter.parts(separatedBy: ".").map(String.init)
        let (third, fourth) = (parts.count > 2 ? parts[2] : "", parts.count > 3 ? parts[3] : "")
        if ["exec_count", "exec_time", "exec_errors"].contains(sameAs: third) {
            self.init(third, [("service", parts[0]), ("command", parts[1])])
        } else if ["call_count", "call_time", "call_errors"].contains(sameAs: fourth) {
            self.init(fourth, [("service", parts[1]), ("command", parts[2]), ("target", parts[0])])
        } else if ["sent_messages", "received_messages", "dead_messages"].contains(sameAs: third) {
            self.init("\(parts[0])_\(third)", [("queue", parts[1])])
        } else {
            self.init(counter, [])
        }
    }

    /// A name with its own labels, which are corrected if invalid.
    init(_ name: LabelledName) {
        self.init(name.name, [])
        for label in name.labels { add(label.name, label.value) }
    }

    /// Adds a label. Its name is made valid and unique.
    mutating func add(_ name: String, _ value: String) {
        var name = Self.validLabel(name)
        while labels.contains(where: { $0.name.isSame(as: name) }) { name += "_" }
        labels.append((name, value))
    }

    /// True for a name of the form `[a-zA-Z_][a-zA-Z0-9_]*` that is not reserved: not `le` or `quantile`, and not
    /// starting with `__`.
    static func isLabel(_ name: String) -> Bool {
        !name.isEmpty && validLabel(name).isSame(as: name)
    }

    /// The labels in text form, without braces: `service="beacons",command="get"`.
    static func rendered(_ labels: [LabelledName.Label]) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    /// A label's value with `\`, `"` and line feeds escaped.
    static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var bytes: [UInt8] = []
        for byte in value.utf8 {
            switch byte {
            case 0x5C, 0x22: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, UInt8(ascii: "n")]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - Internal

    private init(_ name: String, _ labels: [LabelledName.Label]) {
        self.name = Self.valid(name.asciiLowercased, allowsColon: true)
        self.labels = labels.filter { !$0.value.isEmpty }
    }

    /// Labels added by Prometheus or this driver.
    private static let reserved = ["le", "quantile"]

    private static func validLabel(_ name: String) -> String {
        var name = valid(name, allowsColon: false)
        while name.begins(with: "__") { name.removeFirst() }
        return reserved.contains(sameAs: name) ? name + "_" : name
    }

    private static func valid(_ name: String, allowsColon: Bool) -> String {
        func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
                || allowsColon && byte == 0x3A
        }
        var bytes: [UInt8] = []
        for scalar in name.unicodeScalars {
            let byte = scalar.isASCII ? UInt8(scalar.value) : 0
            let isDigit = (0x30...0x39).contains(byte)
            if bytes.isEmpty, isDigit { bytes.append(0x5F) }
            bytes.append(isLetter(byte) || isDigit ? byte : 0x5F)
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }
}
