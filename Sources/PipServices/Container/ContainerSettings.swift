/// The settings for shutdown, health checks and configuration reload of a container. Their component in a configuration
/// is `pip-services:container:default:default:1.0`.
public final class ContainerSettings: Component {
    let shutdownDelay = Setting(
        "shutdown.delay", default: Duration.zero, in: Duration.zero...,
        "How long the service goes on after it is told to stop, so that callers can learn of it, in ms; 0 for none")
    let shutdownTimeout = Setting(
        "shutdown.timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "How long shutting down may take, in ms; half of it for work in flight")

    let healthTimeout = Setting(
        "health.timeout", default: Duration.milliseconds(800), in: Duration.zero...,
        "How long a component may take to tell whether it is ready, in ms; 0 for no limit")
    let healthMaxAge = Setting(
        "health.max_age", default: Duration.zero, in: Duration.zero...,
        "How long an answer about readiness is reused, in ms; 0 for only as long as it is being made")

    let reloadInterval = Setting(
        "reload.interval", default: Duration.zero, in: Duration.zero..., reloadable: true,
        "How often the configuration file is looked at for changes, in ms; 0 for never")

    let trimInterval = Setting(
        "memory.trim_interval", default: Duration.zero, in: Duration.zero...,
        "How often free heap memory is returned to the system, in ms; 0 for never")

    /// Creates the settings.
    public init() {}

    // MARK: - Internal

    /// The maximum time of a shutdown.
    var bound: Duration { shutdownDelay() + shutdownTimeout() }
}
