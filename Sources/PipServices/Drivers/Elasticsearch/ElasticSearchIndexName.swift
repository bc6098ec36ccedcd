/// A valid Elasticsearch index name.
struct ElasticSearchIndexName: SettingValue, Hashable {
    static var expectation: String {
        "the name of an index: at most 200 bytes in lower case, no spaces and none of \\ / * ? \" < > | , # :, not "
            + "starting with - _ or +"
    }

    let text: String

    init?(settingText: String) {
        let text = settingText.trimmed
        guard !text.isEmpty, text.utf8.count <= 200, ![".", ".."].contains(sameAs: text),
            ScalarText(folding: text) == ScalarText(text), !["-", "_", "+"].contains(where: text.begins),
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !Self.forbidden.contains($0) })
        else { return nil }
        self.text = text
    }

    var settingText: String { text }

    /// The default name.
    static let log = ElasticSearchIndexName(known: "log")

    // MARK: - Internal

    private init(known text: String) { self.text = text }

    private static let forbidden = "\\/*?\"<>|,#: ".unicodeScalars
}
