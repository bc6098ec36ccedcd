/// Creates the components of the MongoDB driver by their descriptors (the toolkit's `DefaultMongoDbFactory`).
public enum DefaultMongoDBFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        guard MongoDBConnector.driver.isCompiledIn else {
            return MongoDBConnector.driver.absentFactory("pip-services:connection:mongodb:*:1.0")
        }
        return Factory().register("pip-services:connection:mongodb:*:1.0") { MongoDBConnection() }
    }
}
