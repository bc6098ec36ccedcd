/// The structure of a service: its components, dependencies and problems.
public struct ContainerGraph: Sendable, Hashable {
    /// A component.
    public struct Node: Sendable, Hashable {
        /// The component's locator.
        public var name: String
        /// The part of the service to which it belongs.
        public var room: Room
        /// True if the configuration does not list it: the container adds it or creates it for another component.
        public var isImplied: Bool
        /// The component's problems.
        public var problems: [ConfigProblem]
    }

    /// A resolved dependency.
    public struct Edge: Sendable, Hashable {
        /// The index of the dependent component.
        public var from: Int
        /// The index of the dependency.
        public var to: Int
        /// The dependency's name.
        public var name: String
    }

    /// A part of a service, by the purpose of its components.
    public enum Room: String, Sendable, CaseIterable {
        /// Entry points: endpoints and controllers.
        case remote = "RPC"
        /// The service's own components.
        case service = "Service"
        /// Persistence components.
        case data = "Data"
        /// Queues and their consumers.
        case messaging = "Messaging"
        /// Caches, locks, states, connections, loggers and the like.
        case components = "Components"
    }

    /// The service's name.
    public var name: String
    /// The components, in creation order.
    public var nodes: [Node]
    /// The dependencies.
    public var edges: [Edge]
    /// Problems that belong to no component, for example one that could not be created.
    public var problems: [ConfigProblem]

    // MARK: - Internal

    init(name: String, _ composition: Composition) {
        let components = composition.components
        self.name = name
        var places: [ObjectIdentifier: Int] = [:]
        var names: [ScalarText: Int] = [:]
        for (index, component) in components.enumerated() {
            names[ScalarText("\(component.locator)")] = index
            for inner in component.model.components { places[ObjectIdentifier(inner)] = index }
        }
        nodes = components.map { component in
            Node(
                name: "\(component.locator)", room: Room(component.locator),
                isImplied: component.origin != .configuration, problems: [])
        }
        problems = []
        for problem in composition.problems {
            if let index = problem.component.flatMap({ names[ScalarText($0)] }) {
                nodes[index].problems.append(problem)
            } else {
                problems.append(problem)
            }
        }
        var seen: Set<Edge> = []
        edges = []
        for (from, component) in components.enumerated() {
            for link in component.model.links {
                for to in link.targets.compactMap({ places[$0] }) where to != from {
                    let edge = Edge(from: from, to: to, name: link.name)
                    if seen.insert(edge).inserted { edges.append(edge) }
                }
            }
        }
    }
}

extension ContainerGraph.Room {
    private static let types: [ScalarText: Self] = [
        "endpoint": .remote, "controller": .remote, "heartbeat-controller": .remote, "heartbeat-service": .remote,
        "status-controller": .remote, "status-service": .remote, "swagger-controller": .remote,
        "swagger-service": .remote, "client": .remote, "authorizer": .remote, "health-controller": .remote,
        "message-queue": .messaging, "queue-factory": .messaging, "queue": .messaging, "persistence": .data,
        "outbox": .data,
    ]

    /// Determined by the descriptor's type, or by the group for a service's own components.
    init(_ locator: Locator) {
        guard let descriptor = locator.descriptor else {
            self = .service
            return
        }
        // In version 3 files, `service` means a controller; its kind then names a protocol.
        let isServed = ["http", "rest", "commandable-http", "grpc", "commandable-grpc"].contains(descriptor.kind)
        if descriptor.type == "service", isServed {
            self = .remote
        } else if let room = descriptor.type.flatMap({ Self.types[ScalarText($0)] }) {
            self = room
        } else {
            self = descriptor.group == "pip-services" ? .components : .service
        }
    }
}
