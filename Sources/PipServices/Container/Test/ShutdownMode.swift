/// How the test component ``Shutdown`` ends the process.
public enum ShutdownMode: String, Sendable, CaseIterable {
    /// As an error does that nobody catches: it is logged as fatal, and the process exits with 1.
    case exception
    /// As an access to memory that is not there: signal SIGSEGV.
    case null
    /// As a division by zero: signal SIGFPE.
    case zero
    /// The process exits with 1.
    case exit
}

extension ShutdownMode: SettingValue {
    /// For messages.
    public static var expectation: String {
        "one of exception, null (or nullpointer), zero (or dividebyzero), exit (or processexit)"
    }
    /// Reads the name of a mode, whatever its capitals.
    public init?(settingText: String) {
        switch settingText.trimmed.asciiLowercased {
        case "exception": self = .exception
        case "null", "nullpointer": self = .null
        case "zero", "dividebyzero": self = .zero
        case "exit", "processexit": self = .exit
        default: return nil
        }
    }
}
