extension StringProtocol {
    /// The string without white space at both ends.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(self[first..<scalars.index(after: last)])
    }

    /// The string without spaces at its end.
    var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension String {
    /// The beginning of a string that may be long, for messages.
    var shortened: String { utf8.count <= 100 ? self : String(prefix(100)) + "…" }

    /// A validation path as messages name it.
    var named: String { isEmpty ? "value" : self }

    /// The validation path of a member.
    func appending(path name: String) -> String { isEmpty ? name : "\(self).\(name)" }
}
