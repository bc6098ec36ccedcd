import PipServices

/// Creates the service's components under the descriptors of version 4 and of version 3 of the toolkit, in which
/// "controller" and "service" have swapped meanings.
enum BeaconsFactory {
    static func create() -> Factory {
        Factory()
            .register("beacons:persistence:memory:*:1.0") { StoredBeacons.memory() }
            .register("beacons:persistence:file:*:1.0") { StoredBeacons.file() }
            .register("beacons:persistence:mongodb:*:1.0") {
                let driver = MongoDBConnector.driver
                guard driver.isCompiledIn else { throw driver.notCompiledIn("beacons:persistence:mongodb") }
                return StoredBeacons.mongoDB()
            }
            .register("beacons:service:default:*:1.0") { BeaconsService() }
            .register("beacons:controller:default:*:1.0") { BeaconsService() }
            .register("beacons:message-receiver:log:*:1.0") { BeaconEventsLogger() }
            .register("beacons:controller:http:*:1.0") { httpController() }
            .register("beacons:service:http:*:1.0") { httpController() }
            .register("beacons:controller:rest:*:1.0") { BeaconsRestController() }
            .register("beacons:service:rest:*:1.0") { BeaconsRestController() }
    }

    private static func httpController() -> CommandableHTTPController {
        CommandableHTTPController(
            baseRoute: "v1/beacons", service: "beacons:service:*:*:1.0", "beacons:controller:*:*:1.0")
    }
}
