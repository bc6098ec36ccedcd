/// Creates the components of the driver for Elasticsearch by their descriptors (the toolkit's
/// `DefaultElasticSearchFactory`).
public enum DefaultElasticSearchFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        #if PIP_ELASTICSEARCH
        Factory().register("pip-services:logger:elasticsearch:*:1.0") { ElasticSearchLogger() }
        #else
        ElasticSearchLogger.driver.absentFactory("pip-services:logger:elasticsearch:*:1.0")
        #endif
    }
}
