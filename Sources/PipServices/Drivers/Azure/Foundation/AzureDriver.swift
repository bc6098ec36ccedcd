#if PIP_AZURE && !canImport(Crypto)
#error("PIP_AZURE needs the package swift-crypto: build with the trait Azure, not with the flag -DPIP_AZURE alone")
#endif

/// The driver for Microsoft Azure. It is built on ``HTTPConnector`` and swift-crypto.
public enum AzureDriver {
    /// Whether the driver is compiled in, and the protocol version of the storage services.
    public static let driver = Driver(
        name: "Azure", flag: "PIP_AZURE", package: "libcurl4-openssl-dev", needsTrait: true,
        libraryVersion: storageVersion)

    // MARK: - Internal

    #if PIP_AZURE
    private static let storageVersion: String? = "2021.12.02"
    #else
    private static let storageVersion: String? = nil
    #endif
}
