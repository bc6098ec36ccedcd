/// What a service consists of: its components, what they depend on, and what is wrong.
public struct ContainerGraph: Sendable, Hashable {
    /// A component.
    public struct Node: Sendable, Hashable {
        /// The component's locator.
        public var name: String
        /// The part of the service that it belongs to.
        public var room: Room
        /// True when no configuration lists it: the container brings it, or creates it since another one needs it.
        public var isImplied: Bool
        /// What is wrong with it.
        public var problems: [ConfigProblem]
    }

    /// A dependency that is filled.
    public struct Edge: Sendable, Hashable {
        /// The index of the component that depends.
        public var from: Int
        /// The index of the component that it depends on.
        public var to: Int
        /// The dependency's name.
        public var name: String
    }

    /// A part of a service, by what its components are there for.
    public enum Room: String, Sendable, CaseIterable {
        /// Where work comes in: endpoints and controllers.
        case remote = "RPC"
        /// The service's own components.
        case service = "Service"
        /// Where data is kept.
        case data = "Data"
        /// Queues and what reads them.
        case messaging = "Messaging"
        /// Caches, locks, states, connections, loggers and the like.
        case components = "Components"
    }

    /// The service's name.
    public var name: String
    /// The components, in the order of their creation.
    public var nodes: [Node]
    /// The dependencies.
    public var edges: [Edge]
    /// What is wrong with the service and belongs to none of its components, such as one that could not be created.
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

    /// By the descriptor's type; a service's own components are told by its group.
    init(_ locator: Locator) {
        guard let descriptor = locator.descriptor else {
            self = .service
            return
        }
        // A version 3 file writes `service` for a controller: then the kind names a protocol.
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
