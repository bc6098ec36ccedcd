import PipServices

/// Fills a component's settings and dependencies, without a container.
///
/// ```swift
/// let service = try await assemble(BeaconsService(), references: ["beacons:persistence:memory:default:1.0": persistence])
/// ```
/// Components inside it are filled too, and nothing is opened. Warnings, such as unknown keys, count as mistakes here.
///
/// - Throws: Misconfiguration `BAD_CONFIG` that names everything wrong with the configuration and the references.
@discardableResult
public func assemble<C: Component>(
    _ component: C, config: ConfigParams = [:], references: KeyValuePairs<Locator, any Sendable> = [:]
) async throws -> C {
    try await assemble(component, config: config, references: References(references.map { ($0.key, $0.value) }))
}

/// Fills a component's settings and dependencies from a registry, see ``assemble(_:config:references:)``.
@discardableResult
public func assemble<C: Component>(
    _ component: C, config: ConfigParams = [:], references: References
) async throws -> C {
    let (_, found) = try await ComponentAssembly.assemble(
        component, name: "\(C.self)", config: config, references: references)
    // A test that gives two which fit means the newer one.
    let problems = found.filter { $0.code != "AMBIGUOUS" }
    guard problems.isEmpty else {
        throw ApplicationError.config(
            code: "BAD_CONFIG", problems.map(\.description).joined(separator: "\n"),
            details: ["codes": .array(problems.map { .string($0.code) })])
    }
    return component
}
