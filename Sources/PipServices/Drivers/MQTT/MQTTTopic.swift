#if PIP_MQTT
/// The MQTT rules for topic names and for filters, which may contain wildcards.
enum MQTTTopic {
    /// Why a topic name is invalid for sending; nil if it is valid.
    static func problem(ofName topic: String) -> String? {
        if let problem = problem(ofText: topic) { return problem }
        return topic.utf8.contains { $0 == plus || $0 == hash } ? "it has a wildcard, '+' or '#'" : nil
    }

    /// Why a filter is invalid; nil if it is valid.
    static func problem(ofFilter filter: String) -> String? {
        if let problem = problem(ofText: filter) { return problem }
        if filter.begins(with: "$share/") {
            guard let (group, rest) = shared(filter), !rest.isEmpty, !group.isEmpty,
                !group.utf8.contains(where: { $0 == plus || $0 == hash })
            else { return "expected '$share/<group>/<filter>'" }
            return problem(ofFilter: String(rest))
        }
        let levels = filter.utf8.split(separator: slash, omittingEmptySubsequences: false)
        for (index, level) in levels.enumerated() where level.count > 1 || index < levels.count - 1 {
            if level.contains(hash) { return "'#' must be the last level, alone" }
            if level.count > 1, level.contains(plus) { return "'+' must be a level of its own" }
        }
        return nil
    }

    /// Why a string can't be sent as a topic or an id; nil if it can.
    static func problem(ofText text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > 65_535 { return "it is longer than 65535 bytes" }
        // libmosquitto rejects them, and a zero byte would end the name.
        let isControl: (Unicode.Scalar) -> Bool = { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        return text.unicodeScalars.contains(where: isControl) ? "it has control characters" : nil
    }

    /// The topic filter, without `$share/<group>/` of a shared subscription.
    static func withoutGroup(_ filter: String) -> String { shared(filter).map { String($0.rest) } ?? filter }

    /// True if a filter has wildcards.
    static func hasWildcards(_ filter: String) -> Bool { filter.utf8.contains { $0 == plus || $0 == hash } }

    /// True if a filter, without a group, matches a topic.
    static func matches(_ filter: String, _ topic: String) -> Bool {
        // Topics of the broker itself match only by name.
        if topic.utf8.first == dollar, let first = filter.utf8.first, first == plus || first == hash { return false }
        var names = topic.utf8.split(separator: slash, omittingEmptySubsequences: false)[...]
        for level in filter.utf8.split(separator: slash, omittingEmptySubsequences: false) {
            if level.elementsEqual([hash]) { return true }
            guard let name = names.popFirst(), level.elementsEqual([plus]) || level.elementsEqual(name) else {
                return false
            }
        }
        return names.isEmpty
    }

    // MARK: - Internal

    private static let (plus, hash, slash) = (UInt8(ascii: "+"), UInt8(ascii: "#"), UInt8(ascii: "/"))
    private static let dollar = UInt8(ascii: "$")

    private static func shared(_ filter: String) -> (group: Substring, rest: Substring)? {
        filter.dropping(prefix: "$share/")?.divided(atFirst: "/").map { ($0.before, $0.after) }
    }
}
#endif
