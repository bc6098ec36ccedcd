/// How the test component ``Shutdown`` ends the process.
public enum ShutdownMode: String, Sendable, CaseIterable {
    /// Like an uncaught error: logs it as fatal, and the process exits with 1.
    case exception
    /// Like an invalid memory access: signal SIGSEGV.
    case null
    /// Like a division by zero: signal SIGFPE.
    case zero
    /// The process exits with 1.
    case exit
}

extension ShutdownMode: SettingValue {
    /// The accepted names, for error messages.
    public static var expectation: String {
        "one of exception, null (or nullpointer), zero (or dividebyzero), exit (or processexit)"
    }
    /// Parses the name of a mode, ignoring case.
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
