/// The driver for ActiveMQ and RabbitMQ: STOMP 1.0 to 1.2 on SwiftNIO.
public enum STOMPConnector {
    /// Whether the driver is compiled in. It uses no library: its version is that of STOMP.
    public static let driver = Driver(
        name: "ActiveMQ", flag: "PIP_ACTIVEMQ", package: "", libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_ACTIVEMQ
    private static var libraryVersion: String? { "1.2" }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
