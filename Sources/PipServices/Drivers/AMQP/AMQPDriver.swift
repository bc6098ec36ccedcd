#if PIP_AMQP
internal import CProton
#endif

/// The driver for AMQP 1.0, on Qpid Proton.
public enum AMQPDriver {
    /// Whether the driver is compiled in, and its version of Qpid Proton.
    public static let driver = AMQPConnectorSlot.driver(libraryVersion: libraryVersion)

    // MARK: - Internal

    #if PIP_AMQP
    private static var libraryVersion: String? { "\(PN_VERSION_MAJOR).\(PN_VERSION_MINOR).\(PN_VERSION_POINT)" }
    #else
    private static var libraryVersion: String? { nil }
    #endif
}
