import PipServices

/// Fills the settings and dependencies of a component, and the dependencies of its references, without a container.
///
/// ```swift
/// let service = try await assemble(
///     BeaconsService(), references: ["beacons:persistence:memory:default:1.0": StoredBeacons.memory()])
/// ```
/// Components inside it are filled too, and nothing is opened. Warnings, such as unknown keys, count as mistakes here.
///
/// The references see each other, as components of a container do: one that holds a ``ClockSlot`` goes by the clock that
/// is among them. Their settings have their defaults. A reference that was filled before, by `assemble` or by a
/// container, stays as it is: assemble it first to configure it.
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
    // A test that gives two which fit means the newer one.
    let problems = found.filter { $0.code != "AMBIGUOUS" }
    guard problems.isEmpty else {
        throw ApplicationError.config(
            code: "BAD_CONFIG", problems.map(\.description).joined(separator: "\n"),
            details: ["codes": .array(problems.map { .string($0.code) })])
    }
    return component
}

// MARK: - Internal

/// The components that `assemble` has filled, as long as they exist.
private enum FilledComponents {
    private struct Entry: Sendable {
        weak var component: (any Component)?
    }

    private static let entries = Locked<[ObjectIdentifier: Entry]>([:])

    /// Adds a component; false if it was there.
    @discardableResult
    static func insert(_ component: any Component) -> Bool {
        entries.withLock { entries in
            let id = ObjectIdentifier(component)
            // A new object may have the address of one that is gone.
            guard entries[id]?.component !== component else { return false }
            entries = entries.filter { $0.value.component != nil }
            entries[id] = Entry(component: component)
            return true
        }
    }
}
