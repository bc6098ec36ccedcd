extension ApplicationError {
    /// A file holds what it should not.
    static func corruptFile(_ path: String, byte: Int, _ problem: String) -> ApplicationError {
        .file(
            code: "READ_FAILED", "Cannot read \(path): it is corrupt at byte \(byte): \(problem)",
            details: ["path": .string(path), "byte": .integer(Int64(byte))])
    }

    /// A file can't be read.
    static func readFailed(_ path: String, _ failure: FileFailure) -> ApplicationError {
        failed("READ_FAILED", "read", path, failure)
    }

    /// A file can't be written.
    static func writeFailed(_ path: String, _ failure: FileFailure) -> ApplicationError {
        failed("WRITE_FAILED", "write", path, failure)
    }

    /// The path of a data file is not set.
    static func noPath() -> ApplicationError {
        .config(code: "NO_PATH", "The path of the data file is not set: give it as 'path'")
    }

    private static func failed(
        _ code: String, _ verb: String, _ path: String, _ failure: FileFailure
    ) -> ApplicationError {
        let file = failure.path == path ? "" : "\(failure.path): "
        return .file(
            code: code, "Cannot \(verb) \(path): \(file)\(failure.reason)", details: ["path": .string(path)])
    }
}
