/// The settings for shutdown, health checks and configuration reload of a container. Their component in a configuration
/// is `pip-services:container:default:default:1.0`.
public final class ContainerSettings: Component {
    let shutdownDelay = Setting(
        "shutdown.delay", default: Duration.zero, in: Duration.zero...,
        "How long the service continues after the stop signal, so that clients can stop calling it, in ms; 0 for none")
    let shutdownTimeout = Setting(
        "shutdown.timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "The timeout of the shutdown, in ms; half of it is for work in flight")

    let healthTimeout = Setting(
        "health.timeout", default: Duration.milliseconds(800), in: Duration.zero...,
        "The timeout of a component's readiness check, in ms; 0 for no limit")
    let healthMaxAge = Setting(
        "health.max_age", default: Duration.zero, in: Duration.zero...,
        "How long the result of a readiness check is reused, in ms; 0: only callers during the check share it")

    let reloadInterval = Setting(
        "reload.interval", default: Duration.zero, in: Duration.zero..., reloadable: true,
        "The interval of checks for changes of the configuration file, in ms; 0 for none")

    let trimInterval = Setting(
        "memory.trim_interval", default: Duration.zero, in: Duration.zero...,
        "The interval at which free heap memory is returned to the system, in ms; 0 for never")

    /// Creates the settings.
    public init() {}

    // MARK: - Internal

    /// The maximum time of a shutdown.
    var bound: Duration { shutdownDelay() + shutdownTimeout() }
}
