#if PIP_MONGODB
import CMongoc
import FoundationEssentials
import Glibc
import PipServices
import PipServicesTesting
import PlainBSON

/// Calls of a persistence against libmongoc called without anything around it, on the stand-in or on the server of
/// PIP_TEST_MONGODB_URI; and the coding of documents against libbson, and against this project's JSON.
func measureMongoDB(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    try measureBSON(options, &table)
    let server = try MongoDBServer(options, in: folder)
    defer { server.process?.stop() }
    let container = Container("bench", factories: [])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("pip-services", "connection", "mongodb", "default", "1.0"),
                ["connection.uri": server.uri, "connection.database": "bench"])
        ]))
    try await container.open(.empty)
    let connection = try container.references.getOneRequired("*:connection:mongodb:*:1.0", as: MongoDBConnection.self)
    let store = try await assemble(
        IdentifiableMongoDBPersistence<BenchDocument>("bench_ours"),
        references: ["pip-services:connection:mongodb:default:1.0": connection])
    try await store.open(.empty)
    let plain = Locked(try PlainMongoDB(server.uri))
    let scale = options.isQuick ? 1 : 4
    let documents = (0..<1000).map { BenchDocument(id: "\($0)", number: $0) }
    try await store.clear(.empty)
    try await store.createMany(.empty, documents)
    try plain.withLock { try $0.fill(documents.map { try $0.stored }) }

    let one = scale * 100
    progress("MongoDB")
    table.add(
        try await clientRow("mongodb find one", options, target: 0.9, count: one) {
            for number in 0..<one { _ = try await store.getOneById(.empty, "\(number % 1000)") }
        } baseline: {
            try plain.withLock { plain in for number in 0..<one { try plain.find("\(number % 1000)", limit: 1) } }
        })
    let inserted = Locked(0)
    table.add(
        try await clientRow("mongodb insert one", options, target: 0.9, count: one) {
            for _ in 0..<one {
                let number = inserted.withLock {
                    $0 += 1
                    return $0
                }
                _ = try await store.create(.empty, BenchDocument(id: "new-\(number)", number: number))
            }
        } baseline: {
            for _ in 0..<one {
                let number = inserted.withLock {
                    $0 += 1
                    return $0
                }
                let document = try BenchDocument(id: "new-\(number)", number: number).stored
                try plain.withLock { try $0.insert([document]) }
            }
        })
    let pages = scale * 10
    table.add(
        try await clientRow("mongodb page of 100", options, target: 0.9, count: pages) {
            for _ in 0..<pages { _ = try await store.getPage(.empty, paging: PagingParams(take: 100)) }
        } baseline: {
            try plain.withLock { plain in for _ in 0..<pages { try plain.find(nil, limit: 100) } }
        })
    let bulks = scale
    table.add(
        try await clientRow("mongodb bulk insert of 1,000", options, target: 0.9, count: bulks) {
            for _ in 0..<bulks {
                let first = inserted.withLock {
                    $0 += 1000
                    return $0
                }
                try await store.createMany(
                    .empty, (0..<1000).map { BenchDocument(id: "b-\(first + $0)", number: $0) })
            }
        } baseline: {
            for _ in 0..<bulks {
                let first = inserted.withLock {
                    $0 += 1000
                    return $0
                }
                let documents = try (0..<1000).map {
                    try BenchDocument(id: "b-\(first + $0)", number: $0).stored
                }
                try plain.withLock { try $0.insert(documents) }
            }
        })
    try await container.close(.empty)
}

/// The stand-in, or the server that is named.
private struct MongoDBServer {
    var process: ChildProcess?
    let uri: String

    init(_ options: Options, in folder: WorkFolder) throws {
        if let real = getenv("PIP_TEST_MONGODB_URI") {
            uri = String(cString: real)
            return
        }
        let port = Int(try freePort())
        uri = "mongodb://127.0.0.1:\(port)/bench"
        process = try ChildProcess(
            "mongodb", [options.python, "Tests/Servers/mongo_wire.py", "--port", "\(port)"], in: folder)
        for _ in 0..<1000 {
            if (try? PlainMongoDB(uri)) != nil { return }
            usleep(10_000)
        }
        throw BenchmarkError("the stand-in for MongoDB does not start")
    }
}

private struct BenchDocument: StringIdentifiable, Codable {
    var id: String
    var siteId = "site-1"
    var label = "Beacon on the first floor"
    var number: Int
    var radius = 12.5
    var isEnabled = true
    var tags = ["a", "b"]
    var coordinates = [13.25, 52.5]

    /// As the driver stores it.
    var stored: BSONDocument {
        get throws { try BSONDocument(encoding: Stored(id: id, number: number)) }
    }

    private struct Stored: Encodable {
        enum CodingKeys: String, CodingKey {
            case id = "_id"
            case siteId, label, number, radius, isEnabled, tags, coordinates
        }
        let id: String
        let siteId = "site-1"
        let label = "Beacon on the first floor"
        let number: Int
        let radius = 12.5
        let isEnabled = true
        let tags = ["a", "b"]
        let coordinates = [13.25, 52.5]
    }
}

/// libmongoc as it is.
private final class PlainMongoDB {
    private let client: OpaquePointer
    private let collection: OpaquePointer

    init(_ uri: String) throws {
        mongoc_init()
        guard let client = mongoc_client_new(uri) else { throw BenchmarkError("libmongoc does not accept the URI") }
        self.client = client
        collection = mongoc_client_get_collection(client, "bench", "bench_plain")
        var error = bson_error_t()
        let ping = bson_new()
        defer { bson_destroy(ping) }
        bson_append_int32(ping, "ping", -1, 1)
        guard mongoc_client_command_simple(client, "bench", ping, nil, nil, &error) else {
            throw BenchmarkError("libmongoc does not connect")
        }
    }

    deinit {
        mongoc_collection_destroy(collection)
        mongoc_client_destroy(client)
    }

    func fill(_ documents: [BSONDocument]) throws {
        mongoc_collection_drop(collection, nil)
        try insert(documents)
    }

    func insert(_ documents: [BSONDocument]) throws {
        var pointers = documents.map { document in
            document.bytes.withUnsafeBufferPointer { bson_new_from_data($0.baseAddress, $0.count) }
        }
        defer { for pointer in pointers { bson_destroy(pointer) } }
        var error = bson_error_t()
        guard mongoc_collection_insert_many(collection, &pointers, pointers.count, nil, nil, &error) else {
            throw BenchmarkError("libmongoc does not insert")
        }
    }

    /// Reads documents, and looks at each.
    func find(_ id: String?, limit: Int64) throws {
        let (filter, options) = (bson_new(), bson_new())
        defer {
            bson_destroy(filter)
            bson_destroy(options)
        }
        if let id {
            bson_append_utf8(filter, "_id", -1, id, -1)
        } else {
            // As the driver's.
            let sort = bson_new()
            bson_append_int32(sort, "_order", -1, 1)
            bson_append_int32(sort, "_id", -1, 1)
            bson_append_document(options, "sort", -1, sort)
            bson_destroy(sort)
        }
        bson_append_int64(options, "limit", -1, limit)
        let cursor = mongoc_collection_find_with_opts(collection, filter, options, nil)
        defer { mongoc_cursor_destroy(cursor) }
        var document: OpaquePointer?
        var count = 0
        while mongoc_cursor_next(cursor, &document) { count += 1 }
        guard count == limit else { throw BenchmarkError("libmongoc found \(count) documents") }
    }
}

// MARK: - Coding

/// Encodes and decodes a typical document, against libbson in C and against this project's JSON.
private func measureBSON(_ options: Options, _ table: inout Table) throws {
    progress("BSON")
    let document = BenchDocument(id: "beacon-1", number: 42)
    let bson = try BSONDocument(encoding: document)
    let json = JSONConverter.toJSON(try AnyValue(encoding: document))
    let calls = options.isQuick ? 2000 : 20_000
    func row(_ name: String, _ target: Double, _ ours: () throws -> Void, _ baseline: () throws -> Void) throws {
        func rate(_ body: () throws -> Void) throws -> Double {
            let start = ContinuousClock.now
            for _ in 0..<calls { try body() }
            return Double(calls) / (milliseconds(.now - start) / 1000)
        }
        var row = Row(name: name, unit: "1/s", ours: [], target: .ratioAtLeast(target))
        _ = try (rate(ours), rate(baseline))
        for _ in 0..<options.rounds {
            row.ours.append(try rate(ours))
            row.baseline.append(try rate(baseline))
        }
        table.add(row)
    }
    let encode = { _ = try BSONDocument(encoding: document) }
    let decode = { _ = try bson.decode(BenchDocument.self) }
    try row("encode a document of \(bson.bytes.count) bytes, against libbson", 0.5, encode) { plainEncode(document) }
    try row("decode a document of \(bson.bytes.count) bytes, against libbson", 0.5, decode) { try plainDecode(bson) }
    try row("encode a document, against JSON", 1, encode) {
        _ = JSONConverter.toJSON(try AnyValue(encoding: document))
    }
    try row("decode a document, against JSON", 1, decode) {
        _ = try JSONConverter.fromJSON(json).decode(BenchDocument.self)
    }
}

private func plainEncode(_ document: BenchDocument) {
    let bson = bson_new()
    bson_append_utf8(bson, "id", 2, document.id, -1)
    bson_append_utf8(bson, "siteId", 6, document.siteId, -1)
    bson_append_utf8(bson, "label", 5, document.label, -1)
    bson_append_int32(bson, "number", 6, Int32(document.number))
    bson_append_double(bson, "radius", 6, document.radius)
    bson_append_bool(bson, "isEnabled", 9, document.isEnabled)
    let tags = bson_new()
    for (index, tag) in document.tags.enumerated() { bson_append_utf8(tags, "\(index)", 1, tag, -1) }
    bson_append_array(bson, "tags", 4, tags)
    let numbers = bson_new()
    for (index, number) in document.coordinates.enumerated() { bson_append_double(numbers, "\(index)", 1, number) }
    bson_append_array(bson, "coordinates", 11, numbers)
    bson_destroy(tags)
    bson_destroy(numbers)
    bson_destroy(bson)
}

private func plainDecode(_ document: BSONDocument) throws {
    let texts = document.bytes.withUnsafeBufferPointer { plain_bson_read($0.baseAddress, $0.count) }
    guard texts == 5 else { throw BenchmarkError("libbson read \(texts) texts") }
}
#endif
