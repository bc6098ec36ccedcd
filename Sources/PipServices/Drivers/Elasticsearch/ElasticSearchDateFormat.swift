import FoundationEssentials

/// The format of the date suffix of a daily index, such as `YYYYMMDD` or `yyyy.MM.dd`. Dates are in UTC.
struct ElasticSearchDateFormat: SettingValue, Hashable {
    static var expectation: String { "YYYY, YY, MM, DD and HH, or yyyy, yy and dd, with . - or _ between" }

    let settingText: String
    private let parts: [Part]

    private enum Part: Hashable {
        case year, shortYear, month, day, hour
        case separator(String)
    }

    init?(settingText: String) {
        var parts: [Part] = []
        var rest = settingText.trimmed[...]
        next: while !rest.isEmpty {
            for (word, part) in Self.words {
                guard let behind = rest.dropping(prefix: word) else { continue }
                parts.append(part)
                rest = behind
                continue next
            }
            return nil
        }
        guard !parts.isEmpty else { return nil }
        self.settingText = settingText.trimmed
        self.parts = parts
    }

    /// The default format.
    static let compact = ElasticSearchDateFormat(known: "YYYYMMDD", [.year, .month, .day])

    /// Formats a date.
    func format(_ date: Date) -> String {
        // `2026-01-31T12:00:00.000Z`, for four-digit years.
        let digits = ISODate.format(date).utf8.filter { (0x30...0x39).contains($0) }
        let extra = max(0, digits.count - 17)
        func cut(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        return parts.map { part in
            switch part {
            case .year: cut(0..<4 + extra)
            case .shortYear: cut(2 + extra..<4 + extra)
            case .month: cut(4 + extra..<6 + extra)
            case .day: cut(6 + extra..<8 + extra)
            case .hour: cut(8 + extra..<10 + extra)
            case .separator(let text): text
            }
        }.joined()
    }

    // MARK: - Internal

    private init(known text: String, _ parts: [Part]) { (settingText, self.parts) = (text, parts) }

    private static let words: [(String, Part)] = [
        ("YYYY", .year), ("yyyy", .year), ("YY", .shortYear), ("yy", .shortYear), ("MM", .month), ("DD", .day),
        ("dd", .day), ("HH", .hour), (".", .separator(".")), ("-", .separator("-")), ("_", .separator("_")),
    ]
}
