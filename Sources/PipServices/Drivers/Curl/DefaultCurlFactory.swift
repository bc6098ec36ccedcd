/// Creates the libcurl connector by its descriptor.
public enum DefaultCurlFactory {
    /// Returns the factory. If the driver is not compiled in, its error names the flag and the package.
    public static func create() -> Factory {
        #if PIP_CURL
        Factory()
            .register("pip-services:http-connector:curl:*:1.0") { CurlConnector() }
            // The connector for clients without a configured one.
            .register(HTTPConnectorSlot.compiledIn) { CurlConnector() }
        #else
        CurlConnector.driver.absentFactory("pip-services:http-connector:curl:*:1.0")
        #endif
    }
}
