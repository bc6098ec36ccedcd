/// Creates the component of the driver for Curl by its descriptor.
public enum DefaultCurlFactory {
    /// A factory for the driver's connector, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        #if PIP_CURL
        Factory()
            .register("pip-services:http-connector:curl:*:1.0") { CurlConnector() }
            // What clients take when nothing else is configured.
            .register(HTTPConnectorSlot.compiledIn) { CurlConnector() }
        #else
        CurlConnector.driver.absentFactory("pip-services:http-connector:curl:*:1.0")
        #endif
    }
}
