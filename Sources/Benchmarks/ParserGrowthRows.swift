import PipServices

/// A parser whose time must grow with its text and no faster.
struct ParserGrowth: Sendable {
    let name: String
    /// Makes text of about so many bytes.
    let text: @Sendable (_ bytes: Int) -> String
    /// Reads the text, and tells something of the result, which keeps the work from being left out.
    let parse: @Sendable (String) throws -> Int

    /// All parsers that are measured. One entry is one parser.
    static let all = [
        ParserGrowth(
            name: "expression", text: { repeated("(price * 1.5 - n) / 2 + ", $0) + "1" },
            parse: { try ExpressionCalculator($0).resultTokens.count }),
        ParserGrowth(
            name: "CSV", text: { repeated("Smith,\"5, Main \"\"A\"\" Street\",120.5\r\n", $0) },
            parse: { CSVTokenizer().tokens(of: $0).reduce(0) { count, _ in count + 1 } }),
        ParserGrowth(
            name: "template", text: { repeated("port: {{PORT}}{{^PORT}}8080{{/PORT}}\n", $0) },
            parse: { try MustacheTemplate($0).evaluate(["PORT": "80"]).utf8.count }),
        ParserGrowth(
            name: "projection", text: { repeated("name,center(type,coordinates(x,y)),", $0) + "id" },
            parse: { try ProjectionParams(parsing: $0).fields.count }),
    ]

    static func repeated(_ piece: String, _ bytes: Int) -> String {
        String(repeating: piece, count: max(1, bytes / piece.utf8.count))
    }
}

/// Each parser on 1 KB, 100 KB and 10 MB, in nanoseconds per byte; the baseline is the parser's own 1 KB.
func measureParserGrowth(_ options: Options, _ table: inout Table) throws {
    for parser in ParserGrowth.all {
        var small: [Double] = []
        for (name, bytes) in [("1 KB", 1_000), ("100 KB", 100_000), ("10 MB", 10_000_000)] {
            progress("\(parser.name) of \(name)")
            let text = parser.text(bytes)
            let times = try (0..<options.growthRounds).map { _ in try nanosecondsPerByte(text, parser) }
            if small.isEmpty { small = times }
            table.add(
                Row(
                    name: "reading \(parser.name) of \(name), against 1 KB", unit: "ns/byte", ours: times,
                    baseline: small, target: small == times ? nil : .ratioAtMost(4)))
        }
    }
}

private func nanosecondsPerByte(_ text: String, _ parser: ParserGrowth) throws -> Double {
    let bytes = text.utf8.count
    // At least a megabyte, so that the clock's own time does not count.
    let count = max(1, 1_000_000 / bytes)
    let start = ContinuousClock.now
    for _ in 0..<count {
        guard try parser.parse(text) > 0 else { throw BenchmarkError("reading \(parser.name) gives nothing") }
    }
    return milliseconds(.now - start) * 1_000_000 / Double(bytes * count)
}
