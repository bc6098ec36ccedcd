#if PIP_AZURE
extension AzureFunction {
    /// Creates a function with every factory that is compiled in and the service's own.
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

extension CommandableAzureFunction {
    /// Creates a function with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is, for `--help`.
    ///   - version: the service's version, for `--version` and its status.
    ///   - service: the component with the commands.
    ///   - factories: the service's own factories, which are asked first.
    public init(
        _ name: String, description: String? = nil, version: String? = nil, service: Locator,
        factories: [any ComponentFactory]
    ) {
        self.init(
            name, description: description, version: version, service: service,
            allFactories: DefaultFactories.create() + factories)
    }
}
#endif
