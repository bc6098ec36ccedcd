#if PIP_GRPC
internal import GRPCCore

/// The registrations of an endpoint: methods, commands and interceptors, each with the component that owns it.
struct GRPCServiceTable: Sendable {
    /// A method with its service.
    struct Entry: Sendable {
        let owner: ObjectIdentifier
        let service: String
        let method: GRPCMethod
        let instruments: Instruments?
        let access: AccessSettings?
    }

    /// An interceptor and the paths to which it applies.
    struct Interception: Sendable {
        let owner: ObjectIdentifier
        /// The service; nil for an interceptor of the endpoint.
        let service: String?
        let matches: @Sendable (String) -> Bool
        let action: GRPCInterceptor.Action
    }

    var entries: [Entry] = []
    var commands: [(owner: ObjectIdentifier, route: GRPCCommandRoute)] = []
    var interceptions: [Interception] = []
    /// The descriptors of the services' files, each a serialized `FileDescriptorSet`.
    var descriptors: [(owner: ObjectIdentifier, bytes: [UInt8])] = []
    /// Increases with every change of the table.
    var version = 0

    /// The names of all services.
    var services: [String] {
        var names: [ScalarText] = []
        for name in entries.map({ ScalarText($0.service) }) where !names.contains(name) { names.append(name) }
        return names.map(\.text)
    }

    /// Returns the command with a name; the last one registered wins.
    func command(_ name: String) -> GRPCCommandRoute? { commands.last { $0.route.name.isSame(as: name) }?.route }

    mutating func remove(_ owner: ObjectIdentifier) {
        entries.removeAll { $0.owner == owner }
        commands.removeAll { $0.owner == owner }
        interceptions.removeAll { $0.owner == owner }
        descriptors.removeAll { $0.owner == owner }
    }

    /// Returns the registrations of a component.
    func part(of owner: ObjectIdentifier) -> GRPCServiceTable {
        var part = GRPCServiceTable()
        part.entries = entries.filter { $0.owner == owner }
        part.commands = commands.filter { $0.owner == owner }
        part.interceptions = interceptions.filter { $0.owner == owner }
        part.descriptors = descriptors.filter { $0.owner == owner }
        return part
    }

    mutating func add(_ other: GRPCServiceTable) {
        entries += other.entries
        commands += other.commands
        interceptions += other.interceptions
        descriptors += other.descriptors
    }

    /// Returns a router with the handlers of all methods.
    func router(of endpoint: GRPCEndpoint) -> RPCRouter<GRPCCapture> {
        var router = RPCRouter<GRPCCapture>()
        for entry in entries {
            let path = "/\(entry.service)/\(entry.method.name)"
            let pipeline = GRPCPipeline(
                path: path, method: entry.method, endpoint: endpoint,
                interceptors: interceptions.filter {
                    ($0.service ?? entry.service).isSame(as: entry.service) && $0.matches(path)
                }.map(\.action), instruments: entry.instruments,
                operation: InstrumentedOperation("\(entry.service).\(entry.method.name)", logsFailures: false),
                access: entry.access)
            let descriptor = MethodDescriptor(
                fullyQualifiedService: entry.service, method: entry.method.name, type: entry.method.form)
            entry.method.install(&router, descriptor, pipeline)
        }
        return router
    }

    /// The descriptors of all methods, for the transport.
    var methods: [MethodDescriptor] {
        entries.map {
            MethodDescriptor(fullyQualifiedService: $0.service, method: $0.method.name, type: $0.method.form)
        }
    }
}
#endif
