import PipServices

/// How the cost of reading grows with the length of a text: nanoseconds per byte at 100 KB and 10 MB against 1 KB.
/// A reader whose time is linear stays near 1.
func measureValueGrowth(_ options: Options, _ table: inout Table) throws {
    for reader in readers {
        progress("growth: \(reader.name)")
        let sizes = [1_000, 100_000, 9_900_000]
        let texts = sizes.map(reader.text)
        var costs = [[Double]](repeating: [], count: texts.count)
        for _ in 0..<(options.isQuick ? 1 : 3) {
            for (index, text) in texts.enumerated() {
                // About as much work at each size; the first call warms up.
                let calls = max(1, 2_000_000 / text.utf8.count)
                try reader.read(text)
                let start = ContinuousClock.now
                for _ in 0..<calls { try reader.read(text) }
                costs[index].append(milliseconds(.now - start) * 1_000_000 / Double(calls * text.utf8.count))
            }
        }
        for (index, label) in [(1, "100 KB"), (2, "10 MB")] {
            table.add(
                Row(
                    name: "\(reader.name), \(label) against 1 KB", unit: "ns/byte", ours: costs[index],
                    baseline: costs[0], target: .ratioAtMost(3)))
        }
    }
}

/// Reads a kind of text, and makes such texts of about a length.
private struct GrowingReader: Sendable {
    let name: String
    let text: @Sendable (_ size: Int) -> String
    let read: @Sendable (String) throws -> Void
}

private let readers = [
    GrowingReader(name: "JSON, many values") {
        "[" + repeated(#"{"name":"beacon","size":-12.5,"tags":["a","é\n",true,null]}"#, separator: ",", size: $0) + "]"
    } read: {
        _ = try JSONConverter.fromJSON($0)
    },
    GrowingReader(name: "JSON, one map") { size in
        "{" + (0..<max(1, size / 12)).map { "\"k\($0)\":\($0 % 10)" }.joined(separator: ",") + "}"
    } read: {
        _ = try JSONConverter.fromJSON($0)
    },
    GrowingReader(name: "JSON, one string with escapes") {
        "\"" + repeated(#"text \u00e9\n"#, separator: "", size: $0) + "\""
    } read: {
        _ = try JSONConverter.fromJSON($0)
    },
    GrowingReader(name: "configuration text") { size in
        (0..<max(1, size / 24)).map { "options.key\($0) = value" }.joined(separator: ";")
    } read: {
        _ = ConfigParams(parsing: $0)
    },
    GrowingReader(name: "YAML, few long values") { size in
        let count = max(1, min(10_000, size / 100))
        let text = String(repeating: "x y ", count: max(1, (size / count - 55) / 4))
        return (0..<count).map { "- descriptor: a:b:c:d\($0):1.0\n  note: \(text)\n" }.joined()
    } read: {
        _ = try ContainerConfigReader.readFromYAML($0)
    },
    GrowingReader(name: "JSON configuration") { size in
        let count = max(1, min(10_000, size / 100))
        let text = String(repeating: "x y ", count: max(1, (size / count - 55) / 4))
        let parts = (0..<count).map { #"{"descriptor":"a:b:c:d\#($0):1.0","note":"\#(text)"}"# }
        return "[" + parts.joined(separator: ",\n") + "]"
    } read: {
        _ = try ContainerConfigReader.readFromJSON($0)
    },
    GrowingReader(name: "list of descriptors") {
        repeated("pip-services:logger:console:default:1.0", separator: ",", size: $0)
    } read: {
        for part in $0.split(separator: ",") { _ = try Descriptor(parsing: String(part)) }
    },
]

private func repeated(_ part: String, separator: String, size: Int) -> String {
    let count = max(1, size / (part.utf8.count + separator.utf8.count))
    return Array(repeating: part, count: count).joined(separator: separator)
}
