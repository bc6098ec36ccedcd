#if PIP_MQTT
internal import CMosquitto
#endif

/// The driver for MQTT, on libmosquitto.
public enum MQTTConnector {
    /// Whether the driver is compiled in, and on which libmosquitto it runs.
    public static let driver = Driver(
        name: "MQTT", flag: "PIP_MQTT", package: "libmosquitto-dev libssl-dev", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_MQTT
    private static var libraryVersion: String? { version() }

    private static func version() -> String {
        var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
        mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
