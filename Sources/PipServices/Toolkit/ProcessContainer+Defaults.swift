extension ProcessContainer {
    /// Creates the container of a process, with every factory that is compiled in and the service's own.
    ///
    /// - Parameters:
    ///   - name: the service's name.
    ///   - description: what the service is, for `--help`.
    ///   - factories: the service's own factories, which are asked first.
    public init(_ name: String, description: String? = nil, factories: [any ComponentFactory]) {
        self.init(name, description: description, allFactories: DefaultFactories.create() + factories)
    }
}
