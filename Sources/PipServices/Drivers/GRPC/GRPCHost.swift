#if PIP_GRPC
/// Provides a controller with its endpoint, shared or its own, and its instruments.
public final class GRPCHost: Component {
    private let endpointSlot = Shared<GRPCEndpoint>("endpoint", "*:endpoint:grpc:*:1.0") { GRPCEndpoint() }
    /// The logger, counters and tracer.
    public let instruments = Instruments()
    /// The configured authorization.
    let access = AccessSettings()
    private let owners = Locked<[any Component]>([])

    /// Creates a host.
    public init() {
        endpointSlot.onReplace { [weak self] old, new in
            for owner in self?.owners.current ?? [] { old.move(servicesOf: owner, to: new) }
        }
    }

    /// The endpoint.
    /// - Throws: InvalidState `NOT_LINKED` before the component was linked.
    public func endpoint() throws(ApplicationError) -> GRPCEndpoint { try endpointSlot() }

    /// Registers the instrumented methods of a service for a controller.
    ///
    /// - Parameters:
    ///   - service: the full name in the `.proto` file, such as `dummies.Dummies`.
    ///   - descriptors: a serialized `FileDescriptorSet` of its file, for server reflection; empty for none.
    /// - Throws: InvalidState `NOT_LINKED` before the component was linked.
    public func register(
        _ methods: [GRPCMethod], of service: String, descriptors: [UInt8] = [], for owner: any Component
    ) throws(ApplicationError) {
        try endpoint().register(methods, of: service, descriptors: descriptors, instruments, access, for: owner)
        follow(owner)
    }

    /// Registers interceptors for the methods of a service.
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is not a valid regular expression; InvalidState
    ///   `NOT_LINKED`.
    public func register(
        _ interceptors: [GRPCInterceptor], of service: String, for owner: any Component
    ) throws(ApplicationError) {
        guard !interceptors.isEmpty else { return }
        try endpoint().register(interceptors, of: service, for: owner)
        follow(owner)
    }

    /// Removes the registrations of a controller.
    public func unregister(_ owner: any Component) {
        owners.displace { owners in
            let old = owners
            owners.removeAll { $0 === owner }
            return old
        }
        // A component that was never linked has no methods.
        try? endpoint().unregister(owner)
    }

    // MARK: - Internal

    func register(_ commands: [GRPCCommandRoute], for owner: any Component) throws(ApplicationError) {
        try endpoint().register(commands, for: owner)
        follow(owner)
    }

    /// Records the owner of registrations, which are moved when the endpoint changes.
    private func follow(_ owner: any Component) {
        owners.withLock { owners in
            if !owners.contains(where: { $0 === owner }) { owners.append(owner) }
        }
    }
}
#endif
