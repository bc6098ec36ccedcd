/// Whether the driver is compiled in. It needs no library: its version is the oldest one of the API that it is tested with.
enum ElasticSearchLibrary {
    #if PIP_ELASTICSEARCH
    static let version: String? = "7.17"
    #else
    static let version: String? = nil
    #endif
}
