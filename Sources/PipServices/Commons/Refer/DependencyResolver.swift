internal import OrderedCollections

/// Finds the dependencies of a component that is wired by hand, by name (the toolkit's `DependencyResolver`).
///
/// Components that declare slots have ``Dependency``, ``OptionalDependency`` and ``Dependencies`` instead. This is for
/// those that are ``Configurable`` and ``Referenceable``, and for names that are not known when the code is written.
/// ```swift
/// var resolver = DependencyResolver(["persistence": "beacons:persistence:*:*:1.0"])
/// resolver.configure(config)
/// resolver.setReferences(references)
/// let persistence = try resolver.getOneRequired("persistence", as: (any BeaconsPersistence).self)
/// ```
public struct DependencyResolver: Sendable {
    private var locators: OrderedDictionary<ScalarText, Locator>
    private var references: References?

    /// Creates a resolver with the locators of dependencies by name (the toolkit's `fromTuples`). A component that has
    /// to be configured has the locator `none`, which matches nothing.
    public init(_ locators: KeyValuePairs<String, Locator> = [:]) {
        self.locators = OrderedDictionary(locators.map { (ScalarText($0.key), $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Takes the locators of the section `dependencies`, in place of those of the same names. A value without five
    /// parts is a plain name; an empty one counts as not given.
    public mutating func configure(_ config: ConfigParams) {
        for (name, value) in config.section("dependencies") {
            if let value, !value.trimmed.isEmpty { locators[ScalarText(name)] = Locator(value) }
        }
    }

    /// Takes the components of the service.
    public mutating func setReferences(_ references: References) { self.references = references }

    /// Adds a dependency, in place of one of the same name.
    public mutating func put(_ name: String, _ locator: Locator) { locators[ScalarText(name)] = locator }

    /// The locator of a dependency; nil for a name that is not known.
    public func locator(_ name: String) -> Locator? { locators[ScalarText(name)] }

    /// The components that a dependency means and that are of a type, newest first; none for a name that is not known.
    public func getOptional<T>(_ name: String, as type: T.Type = T.self) -> [T] {
        locators[ScalarText(name)].flatMap { references?.getOptional($0, as: type) } ?? []
    }

    /// The components that a dependency means and that are of a type, newest first.
    /// - Throws: Internal `REF_ERROR` when there is none, or the name is not known.
    public func getRequired<T>(_ name: String, as type: T.Type = T.self) throws(ApplicationError) -> [T] {
        let found = getOptional(name, as: type)
        if found.isEmpty { throw missing(name) }
        return found
    }

    /// The newest component that a dependency means and that is of a type, or nil.
    public func getOneOptional<T>(_ name: String, as type: T.Type = T.self) -> T? { getOptional(name, as: type).first }

    /// The newest component that a dependency means and that is of a type.
    /// - Throws: Internal `REF_ERROR` when there is none, or the name is not known.
    public func getOneRequired<T>(_ name: String, as type: T.Type = T.self) throws(ApplicationError) -> T {
        guard let found = getOneOptional(name, as: type) else { throw missing(name) }
        return found
    }

    /// The components that a dependency means, newest first.
    /// - Throws: Internal `REF_ERROR` when there is none and one is required.
    public func find(_ name: String, required: Bool) throws(ApplicationError) -> [any Sendable] {
        let found = getOptional(name, as: (any Sendable).self)
        if found.isEmpty, required { throw missing(name) }
        return found
    }

    // MARK: - Internal

    private func missing(_ name: String) -> ApplicationError {
        guard let locator = locators[ScalarText(name)] else {
            return .internal(
                code: "REF_ERROR",
                "Dependency '\(name)' is not known" + Spelling.hint(for: name, among: locators.keys.map(\.text)),
                details: ["dependency": .string(name)])
        }
        var error = ApplicationError.missingReference(locator)
        let nearest = Spelling.nearest(to: locator, among: references?.allLocators ?? [])
        error.message =
            "Dependency '\(name)' is missing: no component matches '\(locator)'"
            + (nearest.map { "; the nearest is '\($0)'" } ?? "")
        return error.withDetails("dependency", .string(name))
    }
}
