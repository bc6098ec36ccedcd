/// Creates the components of the Elasticsearch driver by their descriptors (the toolkit's
/// `DefaultElasticSearchFactory`).
public enum DefaultElasticSearchFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_ELASTICSEARCH
        Factory().register("pip-services:logger:elasticsearch:*:1.0") { ElasticSearchLogger() }
        #else
        ElasticSearchLogger.driver.absentFactory("pip-services:logger:elasticsearch:*:1.0")
        #endif
    }
}
