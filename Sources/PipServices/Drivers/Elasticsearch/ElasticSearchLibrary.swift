/// Whether the driver is compiled in. It uses no library: its version is the oldest tested API version.
enum ElasticSearchLibrary {
    #if PIP_ELASTICSEARCH
    static let version: String? = "7.17"
    #else
    static let version: String? = nil
    #endif
}
