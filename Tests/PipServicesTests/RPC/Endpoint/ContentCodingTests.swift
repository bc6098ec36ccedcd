import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Compressed bodies of requests and responses.
@Suite struct ContentCodingTests {
    /// Answers what the handlers find.
    final class Things: RestController {
        let rest = RestHost()
        var routes: [RestRoute] {
            RestRoute(.post, "/json") { _, request -> [String]? in
                let id = try await request.body.json()?["id"]?.string
                let fields = ["content-encoding", "content-length"].map { request.headers[$0] ?? "-" }
                return [id ?? "-"] + fields + [request.headers.all.map(\.name).joined(separator: ",")]
            }
            RestRoute(.post, "/size") { _, request in try await request.body.bytes().count }
            RestRoute(.post, "/upload") { _, request -> [Int]? in
                var (total, largest) = (0, 0)
                try await request.body.read { piece in
                    total += piece.count
                    largest = max(largest, piece.count)
                }
                return [total, largest]
            }
            RestRoute(.get, "/accepted") { _, request in request.headers["accept-encoding"] ?? "-" }
            RestRoute(.get, "/big", response: { _, _ in ContentCodingTests.response() })
            RestRoute(
                .get, "/stream",
                response: { _, _ in
                    .stream(headers: [("Content-Type", "text/csv"), ("Content-Length", "20")]) { send in
                        try await send(Array("first line".utf8))
                        try await send([])
                        try await send(Array("other line".utf8))
                    }
                })
        }
    }

    /// Text of 100,000 bytes as JSON.
    private static let text = "\"" + String(repeating: "0123456789", count: 10_000).dropLast(2) + "\""

    private static func response(
        _ count: Int? = nil, type: String? = "application/json", status: Int = 200,
        field: (String, String)? = nil
    ) -> RestResponse {
        var response = RestResponse(status: status, body: Array(text.utf8.prefix(count ?? text.utf8.count)))
        if let type { response.headers.append(("Content-Type", type)) }
        if let (name, value) = field { response.headers.append((name, value)) }
        return response
    }

    /// `{"id":"1","size":2}`, compressed by Python.
    private static let gzip = bytes("H4sIAAAAAAACA6tWykxRslIyVNJRKs6sSlWyMqoFAFHPg6oTAAAA")
    private static let zlib = bytes("eJyrVspMUbJSMlTSUSrOrEpVsjKqBQAzxAVQ")

    private static func bytes(_ base64: String) -> [UInt8] { Data(base64Encoded: base64).map { Array($0) } ?? [] }

    private func with(
        _ config: ConfigParams = [:], _ body: (HTTPEndpoint) async throws -> Void
    ) async throws {
        let (endpoint, things) = (HTTPEndpoint(), Things())
        try await assemble(endpoint, config: config)
        try await assemble(things, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await things.open(.empty)
        try await body(endpoint)
    }

    private func post(
        _ endpoint: HTTPEndpoint, _ path: String, _ coding: String?, _ body: [UInt8]
    ) async -> RestResponse {
        var headers = [(name: "Content-Length", value: "\(body.count)")]
        if let coding { headers.append(("Content-Encoding", coding)) }
        return await endpoint.respond(
            to: RestRequest(.post, path, headers: HeaderFields(headers), body: RestBody(body)))
    }

    private func get(
        _ endpoint: HTTPEndpoint, _ path: String, _ accepted: String?, method: HTTPMethod = .get
    ) async -> RestResponse {
        let headers = HeaderFields(accepted.map { [("Accept-Encoding", $0)] } ?? [])
        return await endpoint.respond(to: RestRequest(method, path, headers: headers))
    }

    private func json(_ response: RestResponse) throws -> AnyValue {
        try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
    }

    private func compressed(_ bytes: [UInt8]) async -> [UInt8] {
        var response = RestResponse(body: bytes)
        await ResponseCompression.compress(&response)
        return response.body
    }

    private func decompressed(_ bytes: [UInt8]) async throws -> [UInt8] {
        let decoder = try ContentDecoder(.gzip, limit: 1_000_000_000)
        var all: [UInt8] = []
        try await decoder.decode(bytes) { all += $0 }
        try decoder.finish()
        return all
    }

    private func value(_ name: String, _ response: RestResponse) -> String? { response.headers[name] }

    // MARK: - Requests

    @Test(
        "A handler sees a compressed body decompressed and without its coding",
        arguments: [
            "gzip", "GZip", "x-gzip", " identity , gzip", "deflate",
        ])
    func bodiesAreDecompressed(coding: String) async throws {
        try await with { endpoint async throws in
            let response = await post(endpoint, "/json", coding, coding == "deflate" ? Self.zlib : Self.gzip)
            #expect(try json(response) == ["1", "-", "-", ""])
        }
    }

    @Test("An identity coding has no effect") func identityIsNoCoding() async throws {
        try await with { endpoint async throws in
            let body = Array(#"{"id":"1"}"#.utf8)
            let response = await post(endpoint, "/json", "identity", body)
            #expect(try json(response)[0] == "1")
            #expect(await post(endpoint, "/size", nil, body).status == 200)
        }
    }

    @Test(
        "An unknown content coding gets 415 with Accept-Encoding", arguments: ["br", "gzip, gzip", "zstd", "gzip;q=1"])
    func unknownCodingsAreRefused(coding: String) async throws {
        try await with { endpoint async throws in
            let response = await post(endpoint, "/size", coding, Self.gzip)
            #expect(response.status == 415)
            #expect(value("accept-encoding", response) == "gzip, deflate")
            #expect(try json(response)["code"] == "UNSUPPORTED_CODING")
        }
    }

    @Test("Broken compressed data get 400")
    func brokenDataAreRefused() async throws {
        try await with { endpoint async throws in
            let broken: [(String, [UInt8])] = [
                ("gzip", Array(Self.gzip.dropLast(1))), ("gzip", Array("{}".utf8)), ("gzip", Self.gzip + [1, 2, 3]),
                ("gzip", Self.zlib), ("deflate", Self.gzip), ("deflate", Self.zlib + [0]),
                ("deflate", Self.zlib + Self.zlib),
                ("deflate", Array(Self.zlib.dropLast(4))),
            ]
            for (coding, body) in broken {
                let response = await post(endpoint, "/size", coding, body)
                #expect(response.status == 400, "\(coding) \(body)")
                #expect(try json(response)["code"] == "BROKEN_BODY")
            }
            let empty = await post(endpoint, "/size", "gzip", [])
            #expect(try json(empty) == 0)
        }
    }

    @Test("Several gzip members form one body") func membersAreJoined() async throws {
        try await with { endpoint async throws in
            let response = await post(endpoint, "/size", "gzip", Self.gzip + Self.gzip)
            #expect(try json(response) == 38)
        }
    }

    @Test("The size limit applies to the decompressed body") func theDecompressedSizeCounts() async throws {
        try await with(["options.request_max_size": "100000"]) { endpoint async throws in
            let fitting = await compressed([UInt8](repeating: 0, count: 100_000))
            let count = await post(endpoint, "/size", "gzip", fitting)
            #expect(try json(count) == 100_000)
            let bomb = await compressed([UInt8](repeating: 0, count: 20_000_000))
            #expect(bomb.count < 100_000)
            let refused = await post(endpoint, "/size", "gzip", bomb)
            #expect(refused.status == 413)
            #expect(try json(refused)["code"] == "REQUEST_TOO_LARGE")
            // An upload has no limit, and comes in small pieces.
            let upload = await post(endpoint, "/upload", "gzip", bomb)
            #expect(try json(upload)[0] == 20_000_000)
            #expect(try json(upload)[1].map { $0.getAsLong() <= Int64(ZlibStream.pieceSize) } == true)
        }
    }

    @Test("A decompression bomb is decompressed only up to the limit") func bombsAreNotDecompressed() async throws {
        let bomb = await compressed([UInt8](repeating: 0, count: 20_000_000))
        let count = Locked(0)
        let source = RestBodySource(limit: 100_000, budget: BodyBudget(limit: 10_000_000), length: nil) { take in
            for start in stride(from: 0, to: bomb.count, by: 100) {
                try await take(Array(bomb[start..<min(start + 100, bomb.count)]))
                count.withLock { $0 += 1 }
            }
        }
        let body = RestBody(source).decoded(.gzip, limit: 0)
        let error = await #expect(throws: ApplicationError.self) { try await body.bytes() }
        #expect(error?.status == 413)
        // A byte of the bomb holds some 230 bytes.
        #expect(count.current <= 10)
    }

    @Test("Compressed data without content do not loop forever") func emptyBlocksAreLimited() async throws {
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        let source = RestBodySource(limit: 1000, budget: BodyBudget(limit: 10_000), length: nil) { take in
            try await take(header)
            for _ in 0..<1_000_000 { try await take([0, 0, 0, 0xFF, 0xFF]) }
        }
        let body = RestBody(source).decoded(.gzip, limit: 0)
        let error = await #expect(throws: ApplicationError.self) { try await body.bytes() }
        #expect(error?.status == 413)
    }

    @Test("As much is decompressed as the limit may need, and not a byte more") func inputIsLimited() async throws {
        let decoder = try ContentDecoder(.gzip, limit: 100)
        // What can't be compressed grows by less than 1 % and 1 KB.
        var input: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        while input.count < 1125 { input += [0, 0, 0, 0xFF, 0xFF] }
        try await decoder.decode(input) { _ in }
        do {
            try await decoder.decode([0]) { _ in }
            Issue.record("nothing was thrown")
        } catch let error as ApplicationError {
            #expect(error.status == 413)
        }
    }

    // MARK: - Responses

    @Test(
        "Responses are compressed according to Accept-Encoding",
        arguments: [
            ("gzip", true), ("br, GZIP", true), ("x-gzip", true), ("*", true), ("gzip;q=0.1", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true), ("*;q=0, gzip", true), ("identity;q=0.5, gzip;q=0.5", true),
            (nil, false), ("", false), ("br", false), ("identity", false), ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("*;q=0", false), ("gzip;q=0, *", false), ("identity, gzip;q=0.5", false), ("gzip;q=x", false),
            ("gzip;q=nan", false), ("gzip;q=2", false), ("deflate", false),
        ] as [(String?, Bool)])
    func theClientDecides(accepted: String?, isCompressed: Bool) async throws {
        try await with { endpoint async throws in
            let response = await get(endpoint, "/big", accepted)
            #expect(value("content-encoding", response) == (isCompressed ? "gzip" : nil))
            #expect(value("vary", response) == "Accept-Encoding")
            let body = isCompressed ? try await decompressed(response.body) : response.body
            #expect(body == Array(Self.text.utf8))
            if isCompressed { #expect(response.body.count < 2000) }
        }
    }

    @Test("options.compression turns compression off") func compressionCanBeOff() async throws {
        try await with(["options.compression": "false"]) { endpoint async throws in
            let response = await get(endpoint, "/big", "gzip")
            #expect(value("content-encoding", response) == nil && value("vary", response) == nil)
        }
    }

    @Test("HEAD has the header fields of GET") func headIsLikeGet() async throws {
        try await with { endpoint async throws in
            let (full, head) = (await get(endpoint, "/big", "gzip"), await get(endpoint, "/big", "gzip", method: .head))
            #expect(head.body.isEmpty)
            #expect(value("content-length", head) == "\(full.body.count)")
            for name in ["content-encoding", "vary", "content-type"] { #expect(value(name, head) == value(name, full)) }
        }
    }

    @Test("A streamed response is compressed chunk by chunk") func streamsAreCompressed() async throws {
        try await with { endpoint async throws in
            let response = await get(endpoint, "/stream", "gzip")
            #expect(value("content-encoding", response) == "gzip" && value("content-length", response) == nil)
            let decoder = try ContentDecoder(.gzip, limit: 1000)
            let writer = try #require(response.writer)
            var (sent, read): ([[UInt8]], [String]) = ([], [])
            try await writer { piece in
                #expect(!piece.isEmpty)
                sent.append(piece)
            }
            for piece in sent {
                var text = ""
                try await decoder.decode(piece) { text += String(decoding: $0, as: UTF8.self) }
                read.append(text)
            }
            try decoder.finish()
            // Each piece is readable as soon as it arrives.
            #expect(read.prefix(2) == ["first line", "other line"])
            #expect(try await get(endpoint, "/stream", nil).collected().body == Array("first lineother line".utf8))
        }
    }

    @Test("Only responses worth compressing are compressed")
    func onlyWhatPaysOffIsCompressed() {
        #expect(ResponseCompression.isWorthwhile(Self.response(1024)))
        #expect(!ResponseCompression.isWorthwhile(Self.response(1023)))
        for status in [204, 206, 304] { #expect(!ResponseCompression.isWorthwhile(Self.response(status: status))) }
        #expect(ResponseCompression.isWorthwhile(Self.response(status: 404)))
        for type in [
            "text/html; charset=utf-8", "Text/Plain", "application/problem+json", "image/svg+xml", "application/x-yaml",
        ] { #expect(ResponseCompression.isWorthwhile(Self.response(type: type)), "\(type)") }
        for type in ["image/png", "application/zip", "video/mp4", "application/octet-stream", "text/event-stream", nil]
        {
            #expect(!ResponseCompression.isWorthwhile(Self.response(type: type)), "\(type ?? "none")")
        }
        for field in [
            ("content-encoding", "br"), ("Content-Range", "bytes 0-9/10"), ("ETag", "\"abc\""),
            ("Accept-Ranges", "bytes"),
            ("Cache-Control", "no-transform"), ("Content-Digest", "sha-256=:x:"),
        ] { #expect(!ResponseCompression.isWorthwhile(Self.response(field: field)), "\(field)") }
        for field in [("ETag", "W/\"abc\""), ("Accept-Ranges", "none"), ("Cache-Control", "private")] {
            #expect(ResponseCompression.isWorthwhile(Self.response(field: field)), "\(field)")
        }
    }

    @Test("An incompressible body stays unchanged") func randomBytesStay() async throws {
        let random = SeededRandom(seed: 3)
        var response = RestResponse(body: (0..<5000).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        let before = response.body
        await ResponseCompression.compress(&response)
        #expect(response.body == before && response.headers.isEmpty)
    }

    @Test("Vary names Accept-Encoding once") func varyIsNotRepeated() {
        for (vary, expected) in [("accept-encoding", 1), ("Origin, Accept-Encoding", 1), ("*", 1), ("Origin", 2)] {
            var response = RestResponse(headers: [("Vary", vary)])
            ResponseCompression.vary(&response)
            #expect(response.headers.count == expected)
        }
    }

    @Test("Large bodies are compressed completely", arguments: [0, 1, 16_383, 16_384, 65_536, 65_537, 1_000_003])
    func largeBodiesAreCompressedInFull(count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let small = await compressed(bytes)
        if count > 100 { #expect(try await decompressed(small) == bytes) }
    }

    #if PIP_HTTP
    @Test("curl exchanges compressed bodies with the endpoint")
    func curlUnderstands() async throws {
        try await withRestServer(Things()) { _, port in
            let address = "http://127.0.0.1:\(port)"
            func curl(_ arguments: [String], _ path: String) async throws -> String {
                let common = ["-sS", "--noproxy", "*", "--max-time", "120"]
                return try await Program.run("curl", common + arguments + [address + path])
            }
            #expect(try await curl(["--compressed"], "/big") == Self.text)
            let header = try await curl(["-o", "/dev/null", "-D", "-", "-H", "Accept-Encoding: gzip"], "/big")
                .lowercased()
            #expect(header.contains("content-encoding: gzip\r\n") && header.contains("vary: accept-encoding\r\n"))
            #expect(try await curl(["--compressed"], "/stream") == "first lineother line")
            try await Program.withFolder { folder in
                let file = folder + "/body.gz"
                try Data(Self.gzip).write(to: URL(filePath: file))
                let answer = try await curl(["-H", "Content-Encoding: gzip", "--data-binary", "@" + file], "/size")
                #expect(answer == "19")
            }
        }
    }
    #endif

    #if PIP_HTTP && PIP_CURL
    @Test("The curl connector decompresses responses within its limit")
    func theConnectorDecompresses() async throws {
        try await withRestServer(Things()) { _, port in
            let connector = CurlConnector()
            func request(_ path: String) -> HTTPClientRequest {
                HTTPClientRequest(.get, "http://127.0.0.1:\(port)\(path)", timeout: .seconds(60))
            }
            var compressed = request("/big")
            compressed.acceptsCompression = true
            let response = try await connector.send(.empty, compressed)
            #expect(response.body.bytes == Array(Self.text.utf8))
            #expect(response[header: "content-encoding"] == nil && response[header: "content-length"] == nil)
            #expect(response[header: "vary"] == "Accept-Encoding")
            compressed.maxResponseSize = 50_000
            let large = compressed
            let error = await #expect(throws: ApplicationError.self) { try await connector.send(.empty, large) }
            #expect(error?.code == HTTPFailure.responseTooLarge)
            #expect(try await connector.send(.empty, request("/accepted")).body.bytes == Array("\"-\"".utf8))
            // The caller's own field is the caller's affair.
            var own = request("/big")
            own.acceptsCompression = true
            own.headers = [("Accept-Encoding", "gzip")]
            let raw = try await connector.send(.empty, own)
            #expect(raw[header: "content-encoding"] == "gzip")
            #expect(try await decompressed(raw.body.bytes ?? []) == Array(Self.text.utf8))
            try await connector.close(.empty)
        }
    }
    #endif
}
