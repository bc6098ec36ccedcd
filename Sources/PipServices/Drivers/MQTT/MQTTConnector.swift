#if PIP_MQTT
internal import CMosquitto
#endif

/// The MQTT driver, which uses libmosquitto.
public enum MQTTConnector {
    /// Whether the driver is compiled in, and the version of libmosquitto.
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
