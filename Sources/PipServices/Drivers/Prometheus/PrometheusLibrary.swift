/// Whether the driver is compiled in. It uses no library: its version is that of the text format.
enum PrometheusLibrary {
    #if PIP_PROMETHEUS
    static let version: String? = "0.0.4"
    #else
    static let version: String? = nil
    #endif
}
