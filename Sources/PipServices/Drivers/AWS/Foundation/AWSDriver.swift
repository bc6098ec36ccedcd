#if PIP_AWS && !canImport(Crypto)
#error("PIP_AWS needs the package swift-crypto: build with the trait AWS, not with the flag -DPIP_AWS alone")
#endif

/// The driver for Amazon Web Services. It is built on ``HTTPConnector`` and swift-crypto.
public enum AWSDriver {
    /// Whether the driver is compiled in, and the version of its request signatures.
    public static let driver = Driver(
        name: "AWS", flag: "PIP_AWS", package: "libcurl4-openssl-dev", libraryVersion: signatureVersion)

    // MARK: - Internal

    #if PIP_AWS
    private static let signatureVersion: String? = "4.0"
    #else
    private static let signatureVersion: String? = nil
    #endif
}
