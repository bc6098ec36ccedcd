extension StringProtocol where SubSequence == Substring {
    /// The string without whitespace at either end.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(self[first..<scalars.index(after: last)])
    }

    /// The string without leading whitespace.
    var trimmedStart: Substring { Substring(self[...].unicodeScalars.drop { $0.properties.isWhitespace }) }

    /// The lines. A `\r\n` is one line break.
    var lines: [Substring] {
        var (lines, previous): ([Substring], Unicode.Scalar?) = ([], nil)
        let scalars = self[...].unicodeScalars
        var start = scalars.startIndex
        for index in scalars.indices {
            let scalar = scalars[index]
            if scalar == "\n", previous == "\r" {
                start = scalars.index(after: index)
            } else if scalar.isLineBreak {
                lines.append(Substring(scalars[start..<index]))
                start = scalars.index(after: index)
            }
            previous = scalar
        }
        return lines + [Substring(scalars[start...])]
    }

    /// The string without trailing spaces.
    var trimmedEnd: String {
        var scalars = self[...].unicodeScalars
        while scalars.last == " " { scalars.removeLast() }
        return String(scalars)
    }
}

extension String {
    /// The first 100 code points, with an ellipsis if the string is longer, for messages.
    var shortened: String { utf8.count <= 100 ? self : String(unicodeScalars.prefix(100)) + "…" }

    /// A validation path as it appears in messages.
    var named: String { isEmpty ? "value" : self }

    /// Returns the validation path of a member.
    func appending(path name: String) -> String { isEmpty ? name : "\(self).\(name)" }
}

extension Unicode.Scalar {
    fileprivate var isLineBreak: Bool {
        switch self {
        case "\n"..."\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}
