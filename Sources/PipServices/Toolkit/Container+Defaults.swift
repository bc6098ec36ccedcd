extension Container {
    /// Creates a container that uses all compiled-in factories and the service's own factories.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service.
    ///   - version: the service's version, part of its status.
    ///   - factories: the service's own factories. They take precedence.
    ///   - logger: receives log messages while the service has no loggers.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, factories: [any ComponentFactory],
        logger: any Logger = NullLogger()
    ) {
        self.init(
            name, description: description, version: version, allFactories: DefaultFactories.create() + factories,
            logger: logger)
    }
}
