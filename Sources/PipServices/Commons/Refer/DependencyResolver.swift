internal import OrderedCollections

/// Looks up the dependencies of a component that is wired by hand, by name (the toolkit's `DependencyResolver`).
///
/// Use it in ``Configurable`` and ``Referenceable`` components, and for names that are known only at run time.
/// Components with slots use ``Dependency``, ``OptionalDependency`` and ``Dependencies`` instead.
/// ```swift
/// var resolver = DependencyResolver(["persistence": "beacons:persistence:*:*:1.0"])
/// resolver.configure(config)
/// resolver.setReferences(references)
/// let persistence = try resolver.getOneRequired("persistence", as: (any BeaconsPersistence).self)
/// ```
public struct DependencyResolver: Sendable {
    private var locators: OrderedDictionary<ScalarText, Locator>
    private var references: References?

    /// Creates a resolver with the default locators by name (the toolkit's `fromTuples`). Use the locator `none`, which
    /// matches nothing, for a dependency that must be configured.
    public init(_ locators: KeyValuePairs<String, Locator> = [:]) {
        self.locators = OrderedDictionary(locators.map { (ScalarText($0.key), $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Reads locators from the section `dependencies`. They replace those of the same names. A value without five parts
    /// is a plain name; an empty one counts as unset.
    public mutating func configure(_ config: ConfigParams) {
        for (name, value) in config.section("dependencies") {
            if let value, !value.trimmed.isEmpty { locators[ScalarText(name)] = Locator(value) }
        }
    }

    /// Sets the components of the service.
    public mutating func setReferences(_ references: References) { self.references = references }

    /// Adds a dependency. It replaces one of the same name.
    public mutating func put(_ name: String, _ locator: Locator) { locators[ScalarText(name)] = locator }

    /// Returns the locator of a dependency; nil for an unknown name.
    public func locator(_ name: String) -> Locator? { locators[ScalarText(name)] }

    /// Returns the components of a type that a dependency refers to, newest first. Empty for an unknown name.
    public func getOptional<T>(_ name: String, as type: T.Type = T.self) -> [T] {
        locators[ScalarText(name)].flatMap { references?.getOptional($0, as: type) } ?? []
    }

    /// Returns the components of a type that a dependency refers to, newest first.
    /// - Throws: Internal `REF_ERROR` if there is none or the name is unknown.
    public func getRequired<T>(_ name: String, as type: T.Type = T.self) throws(ApplicationError) -> [T] {
        let found = getOptional(name, as: type)
        if found.isEmpty { throw missing(name) }
        return found
    }

    /// Returns the newest component of a type that a dependency refers to, or nil.
    public func getOneOptional<T>(_ name: String, as type: T.Type = T.self) -> T? { getOptional(name, as: type).first }

    /// Returns the newest component of a type that a dependency refers to.
    /// - Throws: Internal `REF_ERROR` if there is none or the name is unknown.
    public func getOneRequired<T>(_ name: String, as type: T.Type = T.self) throws(ApplicationError) -> T {
        guard let found = getOneOptional(name, as: type) else { throw missing(name) }
        return found
    }

    /// Returns the components that a dependency refers to, newest first.
    /// - Throws: Internal `REF_ERROR` if one is required and there is none.
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
                "Dependency '\(name)' is not known" + NearestName.hint(for: name, among: locators.keys.map(\.text)),
                details: ["dependency": .string(name)])
        }
        var error = ApplicationError.missingReference(locator)
        let nearest = NearestName.find(locator, among: references?.allLocators ?? [])
        error.message =
            "Dependency '\(name)' is missing: no component matches '\(locator)'"
            + (nearest.map { "; the nearest is '\($0)'" } ?? "")
        return error.withDetails("dependency", .string(name))
    }
}
