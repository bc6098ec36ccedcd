#if PIP_ELASTICSEARCH
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for Elasticsearch use.
enum ElasticSearchFixture {
    /// A logger that sends by a connector, open.
    static func logger(
        _ config: ConfigParams = [:], clock: VirtualClock? = nil, _ connector: any HTTPConnector & Component
    ) async throws -> ElasticSearchLogger {
        let base: ConfigParams = [
            "connection.host": "127.0.0.1", "level": "trace", "source": "app", "options.retry_delay": "1",
        ]
        var references: [(Locator, any Sendable)] = [("test:http-connector:test:default:1.0", connector)]
        if let clock { references.append(("test:clock:virtual:default:1.0", clock)) }
        let logger = try await assemble(
            ElasticSearchLogger(), config: base.override(config), references: References(references))
        try await logger.open(.empty)
        return logger
    }

    static func logger(_ connector: any HTTPConnector & Component) async throws -> ElasticSearchLogger {
        try await logger([:], connector)
    }

    /// The records of a bulk request: the action's values and the document.
    static func records(_ request: HTTPClientRequest) throws -> [(action: AnyValue, document: AnyValue)] {
        let lines = try (request.body.bytes ?? []).split(separator: 0x0A).map { try JSONParser.parse(Array($0)) }
        return stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0]["index"] ?? .null, lines[$0 + 1]) }
    }

    /// The response to a bulk request in which each record has a status; those that are missing have 201.
    static func response(_ request: HTTPClientRequest, _ statuses: [Int] = []) throws -> HTTPClientResponse {
        let items = try records(request).indices.map { index in
            let status = index < statuses.count ? statuses[index] : 201
            let error =
                #""error":{"type":"kind_\#(status)","reason":"failed to parse field [fields.n] Preview: 'secret'"},"#
            return #"{"index":{\#(status < 300 ? "" : error)"status":\#(status)}}"#
        }
        return HTTPClientResponse(200, #"{"errors":true,"items":[\#(items.joined(separator: ","))]}"#)
    }
}

#if PIP_CURL
extension ElasticSearchFixture {
    /// The stand-in for Elasticsearch, see `Tests/Servers/elasticsearch.py`.
    static func standIn(_ arguments: String...) async throws -> ServerProcess {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        return try await ServerProcess(
            ["python3", path.appending(path: "Servers/elasticsearch.py").path] + arguments)
    }

    /// Calls a server, and gives its JSON.
    @discardableResult
    static func call(_ port: Int, _ method: HTTPMethod, _ path: String, _ body: AnyValue? = nil) async throws
        -> AnyValue
    {
        let connector = CurlConnector()
        var request = HTTPClientRequest(method, "http://127.0.0.1:\(port)\(path)")
        if let body {
            request.body = HTTPBody(JSONWriter.bytes(of: body))
            request.headers = [("Content-Type", "application/json")]
        }
        let response = try await connector.send(.empty, request)
        let value = try JSONParser.parse(try await response.body.collect(upTo: 10_000_000))
        try await connector.close(.empty)
        return value
    }

    /// The messages that a server keeps in indexes of a name.
    static func documents(_ port: Int, _ index: String = "log") async throws -> [AnyValue] {
        let found = try await call(port, .post, "/\(index)/_search", ["size": 10_000])
        return (found["hits"]?["hits"]?.array ?? []).compactMap { $0["_source"] }
    }

    /// The texts of these messages.
    static func messages(_ port: Int, _ index: String = "log") async throws -> [String] {
        try await documents(port, index).compactMap { $0["message"]?.string }
    }
}
#endif
#endif
