/// The secret of tokens signed by HS256. A shorter one could be guessed, so the service does not start with it.
struct JWTSecret: SettingValue, Hashable {
    static let minimumSize = 32
    static var expectation: String { "at least \(minimumSize) bytes" }

    let text: String

    init?(settingText: String) {
        guard settingText.utf8.count >= Self.minimumSize else { return nil }
        text = settingText
    }

    var settingText: String { text }
}
