import Glibc
import PipServices

/// Storing items in a file, against a loop that writes and syncs the same bytes.
func measureFiles(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    progress("file persistence")
    let small = try await FileBench(folder, "small", items: 1000, options)
    let large = try await FileBench(folder, "large", items: options.isQuick ? 20_000 : 100_000, options)
    defer {
        small.remove()
        large.remove()
    }
    try await small.open()
    try await large.open()
    var rates: [String: [Double]] = [:]
    for round in 0..<options.rounds {
        let steps: [() async throws -> Void] = [
            { rates["one", default: []].append(try await small.rate(writers: 1)) },
            { rates["large", default: []].append(try await large.rate(writers: 1)) },
            { rates["many", default: []].append(try await small.rate(writers: 64)) },
            { rates["plain", default: []].append(try small.plainRate()) },
        ]
        for step in round.isMultiple(of: 2) ? steps : steps.reversed() { try await step() }
    }
    try await small.close()
    try await large.close()
    func row(_ name: String, _ ours: String, _ baseline: String, target: Row.Target? = nil) -> Row {
        Row(name: name, unit: "per s", ours: rates[ours] ?? [], baseline: rates[baseline] ?? [], target: target)
    }
    table.add(row("file store, 1 writer, against write and fsync", "one", "plain"))
    table.add(row("file store, 64 writers, against write and fsync", "many", "plain"))
    table.add(
        row("file store, 1 writer, many items against 1,000", "large", "one", target: .ratioAtLeast(0.5)))
    table.note("file store: 'many items' are \(large.count), and their baseline is this project with 1,000")
}

private struct StoredBeacon: StringIdentifiable, Codable {
    var id: String
    var udi: String
    var label: String
}

private final class FileBench: Sendable {
    let count: Int
    private let path: String
    private let plainPath: String
    private let operations: Int
    private let store: IdentifiableFilePersistence<StoredBeacon>

    init(_ folder: WorkFolder, _ name: String, items: Int, _ options: Options) async throws {
        path = folder.file("\(name).json")
        plainPath = folder.file("\(name).plain")
        count = items
        operations = options.isQuick ? 500 : 2000
        store = IdentifiableFilePersistence<StoredBeacon>(path: path)
    }

    func open() async throws {
        try await store.open(.empty)
        _ = try await store.createMany(.empty, (0..<count).map(Self.item))
        // So that the file holds them, and the journal only what is measured.
        try await store.close(.empty)
        try await store.open(.empty)
    }

    func close() async throws {
        try await store.close(.empty)
    }

    func remove() {
        for file in [path, path + ".journal", path + ".lock", plainPath] { unlink(file) }
    }

    private static func item(_ number: Int) -> StoredBeacon {
        StoredBeacon(id: "beacon-\(number)", udi: "00000\(number)", label: "A label of some length for \(number)")
    }

    /// Items stored in a second.
    func rate(writers: Int) async throws -> Double {
        let start = ContinuousClock.now
        let each = max(1, operations / writers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask { [self] in
                    for index in 0..<each { try await store.set(.empty, Self.item((writer * each + index) % count)) }
                }
            }
            try await group.waitForAll()
        }
        return Double(each * writers) * 1000 / milliseconds(.now - start)
    }

    /// The same by the C library alone: lines of the same length at the end of a file, each synced.
    func plainRate() throws -> Double {
        let file = Glibc.open(plainPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchmarkError("cannot write \(plainPath)") }
        defer { Glibc.close(file) }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 150)
        let start = ContinuousClock.now
        for _ in 0..<operations {
            guard write(file, line, line.count) == line.count, fsync(file) == 0 else {
                throw BenchmarkError("cannot write \(plainPath)")
            }
        }
        return Double(operations) * 1000 / milliseconds(.now - start)
    }
}
