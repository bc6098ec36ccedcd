import PipServices

/// Runs a service in a test: opens a container, runs the test, and always closes the container.
///
/// ```swift
/// try await withContainer(yaml: yaml, factories: [BeaconsFactory.create()]) { container in
///     let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
///     ...
/// }
/// ```
/// - Parameters:
///   - yaml: the configuration, a template as in a file.
///   - parameters: the template variables.
///   - factories: the factories of the service, in addition to the compiled-in ones.
///   - clock: the clock of the service; by default the system's.
///   - random: the random source of the service; by default the system's.
///   - body: the test.
/// - Throws: errors of opening, of the test and of closing.
public func withContainer<Result: Sendable>(
    yaml: String, parameters: AnyValueMap = [:], factories: [any ComponentFactory] = [],
    clock: VirtualClock? = nil, random: SeededRandom? = nil,
    _ body: @Sendable (Container) async throws -> Result
) async throws -> Result {
    var config = try ContainerConfigReader.readFromYAML(yaml, parameters: parameters)
    let own = Factory()
    if let random {
        own.register("test:random:seeded:*:1.0") { random }
        config.components.insert(try ComponentConfig(["descriptor": "test:random:seeded:default:1.0"]), at: 0)
    }
    if let clock {
        own.register("test:clock:virtual:*:1.0") { clock }
        config.components.insert(try ComponentConfig(["descriptor": "test:clock:virtual:default:1.0"]), at: 0)
    }
    let container = Container("test", factories: factories + [own])
    await container.configure(config)
    try await container.open(.empty)
    let result: Result
    do {
        result = try await body(container)
    } catch {
        try? await container.close(.empty)
        throw error
    }
    try await container.close(.empty)
    return result
}
