/// Creates the components of the driver for MongoDB by their descriptors (the toolkit's `DefaultMongoDbFactory`).
public enum DefaultMongoDBFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
    public static func create() -> Factory {
        MongoDBConnector.driver.absentFactory(
            "pip-services:connection:mongodb:*:1.0")
    }
}
