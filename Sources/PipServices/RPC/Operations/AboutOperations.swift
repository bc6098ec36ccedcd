/// Describes the service and its caller, as a handler for custom routes (the toolkit's `AboutOperations`). A child
/// component of a controller.
public final class AboutOperations: RestOperations, Component {
    private let info = OptionalDependency<ContextInfo>("context-info", "*:context-info:*:*:1.0")
    private let clock = ClockSlot()

    /// Creates the operations.
    public init() {}

    /// Returns a JSON object. `server` has `name`, `description`, `properties`, `uptime` in ms, `start_time`,
    /// `current_time`, `protocol`, `host`, `addresses`, `port` and `url`; `client` has `address`, `client`, `platform`
    /// and `user`. Host, port and protocol are those of the client's request.
    public func about(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        let detected = HTTPRequestDetector(request)
        let value: AnyValueMap = ["server": .map(server(detected, request)), "client": .map(client(detected, request))]
        return try sendResult(value)
    }

    // MARK: - Internal

    private func server(_ detected: HTTPRequestDetector, _ request: RestRequest) -> AnyValueMap {
        let info = info()
        let properties = info?.properties ?? [:]
        return [
            "name": .string(info?.name ?? "unknown"),
            "description": info?.description.map(AnyValue.string) ?? .null,
            "properties": .map(AnyValueMap(properties.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })),
            "uptime": info.map { .integer(Int64($0.uptime.milliseconds)) } ?? .null,
            "start_time": info.map { .date($0.startTime) } ?? .null,
            "current_time": .date(clock.now),
            "protocol": .string(detected.serverProtocol),
            "host": detected.serverHost.map(AnyValue.string) ?? .null,
            "addresses": .array(request.localAddress.map { [.string($0)] } ?? []),
            "port": detected.serverPort.map { .integer(Int64($0)) } ?? .null,
            "url": detected.serverHost.map { host -> AnyValue in
                let port = detected.serverPort.map { ":\($0)" } ?? ""
                return .string("\(detected.serverProtocol)://\(host)\(port)\(RestPath.encoded(request.path))")
            } ?? .null,
        ]
    }

    private func client(_ detected: HTTPRequestDetector, _ request: RestRequest) -> AnyValueMap {
        [
            "address": detected.address.map(AnyValue.string) ?? .null, "client": .string(detected.browser),
            "platform": .string(detected.platform), "user": request.user?.value ?? .null,
        ]
    }
}
