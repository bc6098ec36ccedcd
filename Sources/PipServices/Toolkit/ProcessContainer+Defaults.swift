extension ProcessContainer {
    /// Creates a process container that uses all compiled-in factories and the service's own factories.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: a description of the service, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - factories: the service's own factories. They take precedence.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, factories: [any ComponentFactory]
    ) {
        self.init(
            name, description: description, version: version, allFactories: DefaultFactories.create() + factories)
    }
}
