extension ApplicationError {
    /// Returns the error for a corrupt file.
    static func corruptFile(_ path: String, byte: Int, _ problem: String) -> ApplicationError {
        .file(
            code: "READ_FAILED", "Cannot read \(path): it is corrupt at byte \(byte): \(problem)",
            details: ["path": .string(path), "byte": .integer(Int64(byte))])
    }

    /// Returns the error for a file that can't be read.
    static func readFailed(_ path: String, _ failure: FileFailure) -> ApplicationError {
        failed("READ_FAILED", "read", path, failure)
    }

    /// Returns the error for a file that can't be written.
    static func writeFailed(_ path: String, _ failure: FileFailure) -> ApplicationError {
        failed("WRITE_FAILED", "write", path, failure)
    }

    /// Returns the error for an item that can't be decoded as the type of the service.
    static func unfitItem(
        _ path: String?, _ position: Int, _ item: AnyValue, _ error: ApplicationError, traceId: String?
    ) -> ApplicationError {
        var details: AnyValueMap = ["position": .integer(Int64(position))]
        if let path { details["path"] = .string(path) }
        let id = item["id"].flatMap(\.string).map { " (id '\($0)')" } ?? ""
        return .file(
            code: "READ_FAILED",
            "Cannot read \(path ?? "the stored items"): item \(position)\(id): \(error.message); "
                + "correct the item in the file, or let the type accept it: "
                + "a new field must be optional or have a default when it is decoded",
            traceId: traceId, details: details, cause: error)
    }

    /// Returns the error for a missing path of a data file.
    static func noPath() -> ApplicationError {
        .config(code: "NO_PATH", key: "path", "The path of the data file is not set; expected a file name as 'path'")
    }

    private static func failed(
        _ code: String, _ verb: String, _ path: String, _ failure: FileFailure
    ) -> ApplicationError {
        let file = failure.path == path ? "" : "\(failure.path): "
        return .file(
            code: code, "Cannot \(verb) \(path): \(file)\(failure.reason)", details: ["path": .string(path)])
    }
}
