/// How a container shuts down. In a configuration it stands at `pip-services:container:default:default:1.0`.
public final class ContainerSettings: Component {
    let shutdownDelay = Setting(
        "shutdown.delay", default: Duration.zero,
        "How long the service goes on after it is told to stop, so that callers can learn of it, in ms")
    let shutdownTimeout = Setting(
        "shutdown.timeout", default: Duration.seconds(30),
        "How long shutting down may take, in ms; half of it for work in flight")

    /// Creates the settings.
    public init() { SlotCollector.declare(self, slots: [shutdownDelay, shutdownTimeout]) }

    // MARK: - Internal

    /// How long shutting down takes at most.
    var bound: Duration { shutdownDelay() + shutdownTimeout() }
}
