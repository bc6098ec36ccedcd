/// The health of a service, as its container reports it.
public struct HealthReport: Sendable, Hashable, Codable {
    /// The lifecycle state of a service.
    public enum State: String, Sendable, Codable {
        /// Components are being created and opened.
        case starting
        /// All components are open.
        case running
        /// The service is draining and closing.
        case stopping
        /// The service is not open.
        case stopped
    }

    /// The readiness of one component.
    public struct Component: Sendable, Hashable, Codable {
        /// The component's locator.
        public var name: String
        /// True if the component is ready for work.
        public var isReady: Bool
        /// Why it is not ready; nil if it is.
        public var reason: String?

        /// Creates a result.
        public init(name: String, isReady: Bool, reason: String? = nil) {
            self.name = name
            self.isReady = isReady
            self.reason = reason
        }
    }

    /// The lifecycle state of the service.
    public var state: State
    /// The components that conform to ``Readiness``, in the order of the configuration.
    public var components: [Component]

    /// Creates a report.
    public init(state: State, components: [Component] = []) {
        self.state = state
        self.components = components
    }

    /// The result of a liveness probe: true unless the service is stopped.
    public var isLive: Bool { state != .stopped }

    /// The result of a readiness probe: true if the service is running and all components are ready.
    public var isReady: Bool { state == .running && components.allSatisfy(\.isReady) }
}
