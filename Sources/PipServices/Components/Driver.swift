/// A driver for an external system: whether it is compiled in, and what that requires.
public struct Driver: Sendable, Hashable {
    /// The driver's name, and the name of its package trait.
    public let name: String
    /// The compile flag that enables it.
    public let flag: String
    /// The Debian package of the C library; empty for a driver without one.
    public let package: String
    /// True if the flag alone is not enough: only the trait adds the driver's Swift packages.
    var needsTrait = false
    /// The version of the C library, or of the protocol for a driver without one; nil if the driver is not compiled in.
    public let libraryVersion: String?

    /// True when the driver is compiled in.
    public var isCompiledIn: Bool { libraryVersion != nil }

    /// Returns the error for a feature that needs the driver: Unsupported `NOT_COMPILED_IN`, with the flag and the
    /// package.
    public func notCompiledIn(_ what: String) -> ApplicationError {
        .unsupported(
            code: "NOT_COMPILED_IN",
            "\(what) needs the driver \(name), which is not compiled in: build with "
                + (needsTrait ? "" : "the flag -D\(flag) or ") + "the package trait \(name)"
                + (needsTrait ? " or PIP_DRIVERS=\(name) in the environment, which set \(flag)" : "")
                + (package.isEmpty ? "" : ", and install the Debian package \(package)"),
            details: ["driver": .string(name), "flag": .string(flag), "package": .string(package)])
    }

    // MARK: - Internal

    /// Returns a factory whose descriptors report that the driver is not compiled in; empty if it is.
    func absentFactory(_ locators: Locator...) -> Factory {
        let factory = Factory()
        guard !isCompiledIn else { return factory }
        for locator in locators {
            factory.register(locator, requested: { requested in throw notCompiledIn("'\(requested)'") })
        }
        return factory
    }
}
