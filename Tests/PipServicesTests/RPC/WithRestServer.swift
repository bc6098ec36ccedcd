#if PIP_HTTP
import PipServicesTesting

@testable import PipServices

/// Runs a service that serves a REST controller on a free port of the loopback address.
///
/// - Parameters:
///   - controller: the controller.
///   - options: the options of the endpoint, in YAML.
///   - body: what to do with the endpoint while it serves.
func withRestServer(
    _ controller: some RestController, options: String = "{}",
    _ body: @escaping @Sendable (_ endpoint: HTTPEndpoint, _ port: Int) async throws -> Void
) async throws {
    let yaml = """
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
          options: \(options)
        - descriptor: test:controller:rest:default:1.0
        """
    try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { controller }]) {
        let endpoint = try $0.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
        try await body(endpoint, endpoint.port ?? 0)
    }
}
#endif
