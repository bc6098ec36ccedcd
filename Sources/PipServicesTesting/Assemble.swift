import PipServices

/// Configures and links a component, and links its references, without a container.
///
/// ```swift
/// let service = try await assemble(
///     BeaconsService(), references: ["beacons:persistence:memory:default:1.0": StoredBeacons.memory()])
/// ```
/// Child components are configured and linked too. Nothing is opened. Warnings, such as unknown keys, are treated as
/// errors.
///
/// The references see each other, as in a container: a reference with a ``ClockSlot`` uses a clock among the
/// references. Their settings have their defaults. A reference that is already linked, by `assemble` or by a container,
/// is left unchanged. To configure a reference, assemble it first.
///
/// - Throws: Misconfiguration `BAD_CONFIG` that lists all problems in the configuration and the references.
@discardableResult
public func assemble<C: Component>(
    _ component: C, config: ConfigParams = [:], references: KeyValuePairs<Locator, any Sendable> = [:]
) async throws -> C {
    try await assemble(component, config: config, references: References(references.map { ($0.key, $0.value) }))
}

/// Configures and links a component with the references of a registry, see ``assemble(_:config:references:)``.
@discardableResult
public func assemble<C: Component>(
    _ component: C, config: ConfigParams = [:], references: References
) async throws -> C {
    var found: [ConfigProblem] = []
    for (locator, reference) in zip(references.allLocators, references.all) {
        guard let reference = reference as? any Component, reference !== component,
            FilledComponents.insert(reference)
        else { continue }
        found += try await ComponentAssembly.link(reference, name: "\(locator)", references: references)
    }
    FilledComponents.insert(component)
    found += try await ComponentAssembly.assemble(
        component, name: "\(C.self)", config: config, references: references
    ).1
    // If a test passes two matching references, the newer one is intended.
    let problems = found.filter { $0.code != "AMBIGUOUS" }
    guard problems.isEmpty else {
        throw ApplicationError.config(
            code: "BAD_CONFIG", problems.map(\.description).joined(separator: "\n"),
            details: ["codes": .array(problems.map { .string($0.code) })])
    }
    return component
}

// MARK: - Internal

/// The components that `assemble` has linked and that still exist.
private enum FilledComponents {
    private struct Entry: Sendable {
        weak var component: (any Component)?
    }

    private static let entries = Locked<[ObjectIdentifier: Entry]>([:])

    /// Adds a component; returns false if it is already there.
    @discardableResult
    static func insert(_ component: any Component) -> Bool {
        entries.withLock { entries in
            let id = ObjectIdentifier(component)
            // A new object may have the address of a released one.
            guard entries[id]?.component !== component else { return false }
            entries = entries.filter { $0.value.component != nil }
            entries[id] = Entry(component: component)
            return true
        }
    }
}
