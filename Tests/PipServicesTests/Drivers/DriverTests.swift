import PipServices
import PipServicesTesting
import Testing

@Suite struct DriverTests {
    static let drivers = [
        RedisConnector.driver, MemcachedConnector.driver, MQTTConnector.driver, MongoDBConnector.driver,
        CurlConnector.driver, PrometheusCounters.driver, ElasticSearchLogger.driver, STOMPConnector.driver,
        AWSDriver.driver, AzureDriver.driver, AMQPDriver.driver, DefaultGRPCFactory.driver,
    ]

    private var compiledIn: Set<String> {
        var names: Set<String> = []
        #if PIP_REDIS
        names.insert("Redis")
        #endif
        #if PIP_MEMCACHED
        names.insert("Memcached")
        #endif
        #if PIP_MQTT
        names.insert("MQTT")
        #endif
        #if PIP_MONGODB
        names.insert("MongoDB")
        #endif
        #if PIP_CURL
        names.insert("Curl")
        #endif
        #if PIP_PROMETHEUS
        names.insert("Prometheus")
        #endif
        #if PIP_ELASTICSEARCH
        names.insert("Elasticsearch")
        #endif
        #if PIP_ACTIVEMQ
        names.insert("ActiveMQ")
        #endif
        #if PIP_AWS
        names.insert("AWS")
        #endif
        #if PIP_AZURE
        names.insert("Azure")
        #endif
        #if PIP_AMQP
        names.insert("AMQP")
        #endif
        #if PIP_GRPC
        names.insert("GRPC")
        #endif
        return names
    }

    @Test(arguments: drivers)
    func aDriverThatIsCompiledInTellsItsLibrarysVersion(driver: Driver) {
        #expect(driver.isCompiledIn == compiledIn.contains(driver.name))
        guard let version = driver.libraryVersion else { return }
        let parts = version.split(separator: ".")
        #expect(parts.count >= 2, "\(driver.name) \(version)")
        #expect(parts.first.flatMap { Int($0) } != nil, "\(driver.name) \(version)")
    }

    @Test(arguments: [
        ("pip-services:cache:redis:default:1.0", RedisConnector.driver),
        ("pip-services:lock:memcached:default:1.0", MemcachedConnector.driver),
        ("pip-services:message-queue:mqtt:default:1.0", MQTTConnector.driver),
        ("pip-services:connection:mongodb:default:1.0", MongoDBConnector.driver),
        ("pip-services:metrics-controller:prometheus:default:1.0", PrometheusCounters.driver),
        ("pip-services:logger:elasticsearch:default:1.0", ElasticSearchLogger.driver),
        ("pip-services:connection:activemq:default:1.0", STOMPConnector.driver),
        ("pip-services:message-queue:rabbitmq:default:1.0", STOMPConnector.driver),
        ("pip-services:message-queue:amqp:default:1.0", AMQPDriver.driver),
        ("pip-services:message-queue:sqs:default:1.0", AWSDriver.driver),
        ("pip-services:lock:storage-table:default:1.0", AzureDriver.driver),
        ("pip-services:client:commandable-grpc:default:1.0", DefaultGRPCFactory.driver),
    ])
    func aDescriptorOfADriverThatIsNotNamesFlagAndPackage(descriptor: String, driver: Driver) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await withContainer(yaml: "- descriptor: \(descriptor)") { _ in }
        }
        guard !driver.isCompiledIn else {
            // Those that are built are created, and miss their server.
            #expect(
                ["UNKNOWN_DESCRIPTOR", "NO_CONNECTION", "REF_ERROR", "NO_REGION", "NO_ACCESS_ID"].contains(error?.code))
            return
        }
        #expect(error?.code == "NOT_COMPILED_IN")
        for part in [descriptor, driver.flag, driver.package, driver.name] where !part.isEmpty {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    /// Else a defect that shows now and then would pass on real servers.
    @Test(arguments: [true, false])
    func onlyACaseThatLetsTimePassRunsAgain(_ passesTime: Bool) async {
        let runs = Locked(0)
        let contractCase = ContractCase<Int>("fails once", passesTime: passesTime) { run in
            let count = runs.withLock { runs in
                runs += 1
                return runs
            }
            try run.expect(count > 1, "the first time")
        }
        let hasPassed = (try? await contractCase.run(unit: .milliseconds(1)) { 1 }) != nil
        #expect(hasPassed == passesTime)
        #expect(runs.current == (passesTime ? 2 : 1))
    }
}
