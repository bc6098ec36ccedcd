/// The JSON array that a data file holds.
enum JSONArrayFile {
    /// The content of a file; nil when there is none.
    /// - Throws: FileError `READ_FAILED` with the detail `path`.
    static func read(_ path: String, _ fileSystem: any FileSystem) throws(ApplicationError) -> [UInt8]? {
        do throws(FileFailure) {
            return try fileSystem.read(path)
        } catch {
            throw .readFailed(path, error)
        }
    }

    /// Reads the items of a data file.
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
        guard let items = value.array else { throw .corruptFile(path, byte: 0, "it is no JSON array") }
        return items
    }

    /// Replaces a data file, in one step and durably: what is there after a crash is the old content or the new.
    static func replace(
        _ path: String, with items: some Sequence<AnyValue>, _ fileSystem: any FileSystem
    ) throws(FileFailure) {
        let new = temporaryPath(path)
        // A crash in the midst of renaming may have left both names to one file: writing to it would empty the old one.
        try fileSystem.remove(new)
        _ = try write(items, to: new, permissionsOf: path, fileSystem)
        try fileSystem.rename(new, to: path)
        try fileSystem.syncFolder(of: path)
    }

    /// Where the new content of a data file is written before it gets the file's name.
    static func temporaryPath(_ path: String) -> String { path + ".new" }

    /// Writes items as a JSON array, one on a line, durably.
    static func write(
        _ items: some Sequence<AnyValue>, to path: String, permissionsOf model: String, _ fileSystem: any FileSystem
    ) throws(FileFailure) -> FileIdentity {
        let file = try fileSystem.create(path, permissionsOf: model)
        defer { file.close() }
        // Several lines, so that people can read it too; what reads it must not count on that.
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
