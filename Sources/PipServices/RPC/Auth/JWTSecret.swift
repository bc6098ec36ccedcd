/// The secret for tokens signed by HS256. A short secret can be guessed, so it is a configuration error.
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
