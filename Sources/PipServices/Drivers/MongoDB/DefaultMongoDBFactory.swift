/// Creates the components of the driver for MongoDB by their descriptors (the toolkit's `DefaultMongoDbFactory`).
public enum DefaultMongoDBFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        guard MongoDBConnector.driver.isCompiledIn else {
            return MongoDBConnector.driver.absentFactory("pip-services:connection:mongodb:*:1.0")
        }
        return Factory().register("pip-services:connection:mongodb:*:1.0") { MongoDBConnection() }
    }
}
