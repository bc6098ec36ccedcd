#if PIP_CURL
import Glibc
import PipServices

/// Beacons under a mixed load whose responses are checked: tasks create, change, read, list and delete beacons, by
/// commands and by REST, at once. It finds what only optimised code under concurrency shows: crashes, wrong responses,
/// memory that grows.
func measureMixedLoad(_ options: Options, _ folder: WorkFolder, _ table: inout Table) async throws {
    for kind in MixedLoad.Kind.all {
        progress("mixed load, \(kind.name)")
        let load = try MixedLoad(kind, options, folder)
        let (rate, cpu) = try await load.run(seconds: options.loadSeconds)
        table.add(Row(name: "Beacons, mixed load, \(kind.name)", unit: "req/s", ours: [rate], oursCPU: [cpu]))
    }
}

private struct MixedLoad {
    struct Kind {
        let isFile: Bool
        let isSecure: Bool
        let tasks: Int

        var name: String {
            "\(isFile ? "file" : "memory"), \(isSecure ? "HTTP/2 with TLS" : "HTTP/1.1"), \(tasks) at once"
        }

        static let all = [
            Kind(isFile: false, isSecure: false, tasks: 2), Kind(isFile: false, isSecure: false, tasks: 64),
            Kind(isFile: true, isSecure: false, tasks: 64), Kind(isFile: false, isSecure: true, tasks: 64),
        ]
    }

    /// The most anonymous memory that the service may take, in MB: it holds some thousand beacons.
    private static let memoryLimit = 100.0

    private let kind: Kind
    private let server: Server
    private let client: LoadClient

    init(_ kind: Kind, _ options: Options, _ folder: WorkFolder) throws {
        self.kind = kind
        var environment: [String: String] = [:]
        if kind.isFile {
            let data = folder.file("load.json")
            unlink(data)
            unlink(data + ".journal")
            environment = ["FILE_ENABLED": "true", "FILE_PATH": data]
        }
        var transport = HTTPTransport()
        var config: String?
        if kind.isSecure {
            config = try Self.secureConfig(options, folder)
            transport.caFile = folder.file("server.crt")
        }
        server = try .beacons(options, config: config, logLevel: "warn", environment: environment, in: folder)
        client = LoadClient(
            root: "\(kind.isSecure ? "https" : "http")://localhost:\(server.port)", transport: transport)
    }

    func run(seconds: Double) async throws -> (rate: Double, cpu: Double) {
        try await waitForFirstAnswer()
        let (before, start) = (try server.process.cpuSeconds(), ContinuousClock.now)
        let end = start + .seconds(seconds)
        let count: Int
        do {
            count = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<kind.tasks {
                    group.addTask { [client] in
                        var (count, number) = (0, 0)
                        while .now < end {
                            number += 1
                            count += try await client.cycle(task, number)
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
        } catch {
            // The service may just have died of it.
            usleep(200_000)
            throw server.process.isRunning ? error : server.process.failure("ended under load (\(error))")
        }
        let time = milliseconds(.now - start) / 1000
        guard server.process.isRunning else { throw server.process.failure("ended under load") }
        let memory = try server.process.anonymousMegabytes()
        guard memory < Self.memoryLimit else {
            throw server.process.failure("takes \(fixed(memory, 0)) MB after the load, more than \(Self.memoryLimit)")
        }
        let cpu = try server.process.cpuSeconds() - before
        try await client.connector.close(.empty)
        server.process.stop()
        return (Double(count) / time, cpu * 1_000_000 / Double(count))
    }

    // MARK: - Internal

    private func waitForFirstAnswer() async throws {
        let end = ContinuousClock.now + .seconds(30)
        while (try? await client.call(.get, "/heartbeat")) == nil {
            guard server.process.isRunning, .now < end else { throw server.process.failure("does not answer") }
            usleep(10_000)
        }
    }

    // MARK: - TLS

    /// The sample configuration with a certificate of its own.
    private static func secureConfig(_ options: Options, _ folder: WorkFolder) throws -> String {
        let (key, certificate) = (folder.file("server.key"), folder.file("server.crt"))
        let openssl = try ChildProcess(
            "openssl",
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost",
            ], in: folder)
        try openssl.finish()
        let plain = "    protocol: http\n"
        let parts = (readText(options.config) ?? "").components(around: plain)
        guard let (before, after) = parts else { throw BenchmarkError("\(options.config) has no 'protocol: http'") }
        let secure = "    protocol: https\n"
        let credential = "  credential:\n    ssl_key_file: \(key)\n    ssl_crt_file: \(certificate)\n"
        // The credential stands before the section `connection`, whose first key the protocol is.
        guard let (head, _) = before.components(around: "  connection:\n", last: true) else {
            throw BenchmarkError("\(options.config) has no connection of an endpoint")
        }
        let path = folder.file("secure.yml")
        try writeText(head + credential + "  connection:\n" + secure + after, to: path)
        return path
    }
}

/// A client of Beacons that checks each response.
///
/// Its calls over HTTP/2 may be repeated: with libcurl 7.88 the server ends a connection after some hundred requests (GOAWAY,
/// `ENHANCE_YOUR_CALM`). The cause is not known yet.
private struct LoadClient: Sendable {
    let root: String
    let transport: HTTPTransport
    let connector = CurlConnector()

    /// The life of a beacon. Each response is checked.
    /// - Returns: the number of requests.
    func cycle(_ task: Int, _ number: Int) async throws -> Int {
        let (id, site) = ("\(task)-\(number)", "site-\(number % 10)")
        let beacon = Self.beacon(id, site, number)
        let created = try await call(.post, "/v1/beacons/create_beacon", ["beacon": beacon])
        // A repeated call finds the beacon that it has created.
        if !(mayRepeat && created == Self.alreadyExists) { try expect(beacon, created, "create_beacon of \(id)") }
        try await expect(beacon, call(.get, "/v1/beacons/\(id)"), "GET of \(id)")
        let changed = Self.beacon(id, site, number + 1)
        try await expect(changed, call(.put, "/v1/beacons/\(id)", changed), "PUT of \(id)")
        try await expect(
            changed, call(.post, "/v1/beacons/get_beacon_by_id", ["beacon_id": .string(id)]),
            "get_beacon_by_id of \(id)")
        let page = try await call(
            .post, "/v1/beacons/get_beacons",
            ["filter": ["site_id": .string(site)], "paging": ["take": 20, "total": true]])
        try check(page, site)
        try check(try await call(.get, "/v1/sites/\(site)/beacons?take=20&total=true"), site)
        // Some stay until the task has created ten more.
        let old = "\(task)-\(number - 10)"
        guard number > 10 else { return 6 }
        let deleted = try await call(.delete, "/v1/beacons/\(old)")
        guard mayRepeat && deleted.isNull || deleted.map?["id"] == .string(old) else {
            throw BenchmarkError("DELETE of \(old) gave \(deleted)")
        }
        try await expect(.null, call(.get, "/v1/beacons/\(old)"), "GET of the deleted \(old)")
        return 8
    }

    func call(_ method: HTTPMethod, _ path: String, _ body: AnyValue? = nil) async throws -> AnyValue {
        var request = HTTPClientRequest(method, root + path, timeout: .seconds(30), transport: transport)
        if let body {
            request.body = HTTPBody(Array(JSONConverter.toJSON(body).utf8))
            request.headers = [
                ("Content-Type", "application/json"), (HTTPFieldNames.idempotencyKey, IdGenerator.nextLong()),
            ]
        }
        let response = try await connector.send(.empty, request)
        let bytes = try await response.body.collect(upTo: 1_000_000)
        if response.status == 409 { return Self.alreadyExists }
        guard (200...204).contains(response.status) else {
            throw BenchmarkError("\(method) \(path): \(response.status) \(String(decoding: bytes, as: UTF8.self))")
        }
        return bytes.isEmpty ? .null : try JSONConverter.fromJSON(String(decoding: bytes, as: UTF8.self))
    }

    private var mayRepeat: Bool { root.hasPrefix("https") }
    private static let alreadyExists = AnyValue.string("ALREADY_EXISTS")

    private func expect(_ expected: AnyValue, _ value: AnyValue, _ what: String) throws {
        guard value == expected else { throw BenchmarkError("\(what) gave \(value) in place of \(expected)") }
    }

    /// Each beacon of a page is whole, and of the site that was asked for.
    private func check(_ page: AnyValue, _ site: String) throws {
        guard let items = page.map?["data"]?.array, let total = page.map?["total"]?.getAsNullableLong(),
            items.count <= total
        else {
            throw BenchmarkError("a page is \(page)")
        }
        for item in items {
            guard let map = item.map, let id = map["id"]?.string, let number = map["radius"]?.getAsNullableLong(),
                item == Self.beacon(id, site, Int(number))
            else { throw BenchmarkError("a beacon in a page of \(site) is \(item)") }
        }
    }

    private static func beacon(_ id: String, _ site: String, _ number: Int) -> AnyValue {
        [
            "id": .string(id), "site_id": .string(site), "type": "ibeacon", "udi": .string("udi of \(id)"),
            "label": .string("Beacon \(id) with the radius \(number)"), "radius": .integer(Int64(number)),
        ]
    }
}

extension String {
    /// What comes before and after the first occurrence of a string, or the last one.
    fileprivate func components(around separator: String, last: Bool = false) -> (String, String)? {
        let ranges = ranges(of: separator)
        guard let range = last ? ranges.last : ranges.first else { return nil }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
#endif
