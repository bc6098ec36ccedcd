extension Container {
    /// Creates a container with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is.
    ///   - version: the service's version, part of its status.
    ///   - factories: the service's own factories, which are asked first.
    ///   - logger: where messages go while the service has no loggers.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, factories: [any ComponentFactory],
        logger: any Logger = NullLogger()
    ) {
        self.init(
            name, description: description, version: version, allFactories: DefaultFactories.create() + factories,
            logger: logger)
    }
}
