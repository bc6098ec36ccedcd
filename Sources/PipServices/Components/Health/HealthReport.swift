/// How a service is, as its container tells.
public struct HealthReport: Sendable, Hashable, Codable {
    /// Where a service is in its life.
    public enum State: String, Sendable, Codable {
        /// It is being put together and opened.
        case starting
        /// It is open.
        case running
        /// It is told to stop, and ends what is in flight.
        case stopping
        /// It is not open.
        case stopped
    }

    /// What one component says of itself.
    public struct Component: Sendable, Hashable, Codable {
        /// The component's locator.
        public var name: String
        /// True when it is able to do its work.
        public var isReady: Bool
        /// Why not; nil when it is.
        public var reason: String?

        /// Creates the answer of a component.
        public init(name: String, isReady: Bool, reason: String? = nil) {
            self.name = name
            self.isReady = isReady
            self.reason = reason
        }
    }

    /// Where the service is in its life.
    public var state: State
    /// The components that can tell, in the order of the configuration.
    public var components: [Component]

    /// Creates a report.
    public init(state: State, components: [Component] = []) {
        self.state = state
        self.components = components
    }

    /// True when the process should go on: it is not stopped.
    public var isLive: Bool { state != .stopped }

    /// True when the service should get work: it is running, and all components are ready.
    public var isReady: Bool { state == .running && components.allSatisfy(\.isReady) }
}
