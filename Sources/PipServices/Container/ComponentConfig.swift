/// One component of a container's configuration (the toolkit's `ComponentConfig`).
public struct ComponentConfig: Sendable {
    /// The descriptor by which the component is created and registered; nil if only ``type`` is set.
    public var descriptor: Descriptor?
    /// The name of a type and its library, as used by other editions. Swift can't create types by name.
    public var type: String?
    /// The component's settings.
    public var config: ConfigParams
    /// The path of the configuration file.
    public var file: String?
    /// The line of each key in ``file``. The empty key holds the line of the component itself.
    public var lines: [String: Int]

    /// Creates the configuration of a component.
    public init(_ descriptor: Descriptor, _ config: ConfigParams = [:]) {
        self.descriptor = descriptor
        self.config = config
        lines = [:]
    }

    /// Reads a component's section (the toolkit's `fromConfig`).
    /// - Throws: Misconfiguration `BAD_CONFIG` if it has neither `descriptor` nor `type`; `BAD_DESCRIPTOR` if the
    ///   descriptor is malformed.
    public init(_ config: ConfigParams) throws(ApplicationError) {
        self.config = config
        lines = [:]
        if let text = config["descriptor"], !text.isEmpty { descriptor = try Descriptor(parsing: text) }
        if let text = config["type"], !text.isEmpty { type = text }
        guard descriptor != nil || type != nil else {
            throw .config(
                code: "BAD_CONFIG", "A component has no 'descriptor'; expected group:type:kind:name:version")
        }
    }
}
