/// A driver for an outside system: whether it is compiled in, and what it needs for that.
public struct Driver: Sendable, Hashable {
    /// The driver's name, which is also the name of its package trait.
    public let name: String
    /// The compile flag that turns it on.
    public let flag: String
    /// The Debian package that brings the C library; empty for a driver without one.
    public let package: String
    /// True if the flag alone does not compile it in, since only the trait brings the driver's Swift packages.
    var needsTrait = false
    /// The version of the C library that the driver runs on, or of what it speaks if it has none; nil when the driver is not
    /// compiled in.
    public let libraryVersion: String?

    /// True when the driver is compiled in.
    public var isCompiledIn: Bool { libraryVersion != nil }

    /// The error for something that needs the driver: Unsupported `NOT_COMPILED_IN`, which names the flag and the package.
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

    /// A factory whose descriptors tell that the driver is not compiled in; empty when it is.
    func absentFactory(_ locators: Locator...) -> Factory {
        let factory = Factory()
        guard !isCompiledIn else { return factory }
        for locator in locators {
            factory.register(locator, requested: { requested in throw notCompiledIn("'\(requested)'") })
        }
        return factory
    }
}
