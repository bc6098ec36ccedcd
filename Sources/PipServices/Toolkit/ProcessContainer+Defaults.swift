extension ProcessContainer {
    /// Creates the container of a process, with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - factories: the service's own factories, which are asked first.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, factories: [any ComponentFactory]
    ) {
        self.init(
            name, description: description, version: version, allFactories: DefaultFactories.create() + factories)
    }
}
