/// A data file in the format of a JSON array.
enum JSONArrayFile {
    /// Returns the content of a file; nil if it does not exist.
    /// - Throws: FileError `READ_FAILED` with the detail `path`.
    static func read(_ path: String, _ fileSystem: any FileSystem) throws(ApplicationError) -> [UInt8]? {
        do throws(FileFailure) {
            return try fileSystem.read(path)
        } catch {
            throw .readFailed(path, error)
        }
    }

    /// Decodes the items of a data file.
    /// - Throws: FileError `READ_FAILED` with the details `path` and `byte`.
    static func items(in bytes: [UInt8], path: String) throws(ApplicationError) -> [AnyValue] {
        let value: AnyValue
        do {
            value = try JSONParser.parse(bytes)
        } catch {
            let line = error.details.getAsNullableInteger("line") ?? 1
            let column = error.details.getAsNullableInteger("column") ?? 1
            throw .corruptFile(path, byte: offset(line, column, in: bytes), error.message)
        }
        guard let items = value.array else { throw .corruptFile(path, byte: 0, "it is not a JSON array") }
        return items
    }

    /// Replaces a data file atomically and durably: after a crash, it has either the old or the new content.
    static func replace(
        _ path: String, with items: some Sequence<AnyValue>, _ fileSystem: any FileSystem
    ) throws(FileFailure) {
        let new = temporaryPath(path)
        // A crash during a rename may leave both names on one file: writing to it would truncate the old one.
        try fileSystem.remove(new)
        _ = try write(items, to: new, permissionsOf: path, fileSystem)
        try fileSystem.rename(new, to: path)
        try fileSystem.syncFolder(of: path)
    }

    /// Returns the temporary path at which a new data file is written.
    static func temporaryPath(_ path: String) -> String { path + ".new" }

    /// Writes items durably as a JSON array, one per line.
    static func write(
        _ items: some Sequence<AnyValue>, to path: String, permissionsOf model: String, _ fileSystem: any FileSystem
    ) throws(FileFailure) -> FileIdentity {
        let file = try fileSystem.create(path, permissionsOf: model)
        defer { file.close() }
        // One item per line for readability; readers must not rely on it.
        var checksum = Checksum()
        var size = 0
        var writer = JSONArrayWriter()
        func flush() throws(FileFailure) {
            let bytes = writer.take()
            checksum.add(bytes)
            try file.write(bytes, at: size)
            size += bytes.count
        }
        for item in items {
            writer.add(item)
            if writer.count > 1 << 20 { try flush() }
        }
        writer.end()
        try flush()
        try file.sync()
        return FileIdentity(size: size, checksum: checksum.text)
    }

    private static func offset(_ line: Int, _ column: Int, in bytes: [UInt8]) -> Int {
        var start = 0
        for _ in 1..<max(1, line) {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            start = end + 1
        }
        return start + max(0, column - 1)
    }
}

private struct JSONArrayWriter {
    private var isFirst = true
    private var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func add(_ item: AnyValue) {
        bytes.append(contentsOf: isFirst ? "[\n".utf8 : ",\n".utf8)
        isFirst = false
        bytes.append(contentsOf: JSONWriter.bytes(of: item))
    }

    mutating func end() { bytes.append(contentsOf: isFirst ? "[]\n".utf8 : "\n]\n".utf8) }

    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
