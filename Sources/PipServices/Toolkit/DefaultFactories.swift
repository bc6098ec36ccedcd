/// All compiled-in factories.
public enum DefaultFactories {
    /// Returns the factories of the toolkit's modules and of the compiled-in drivers.
    public static func create() -> [any ComponentFactory] {
        [
            DefaultComponentsFactory.create(), DefaultConfigFactory.create(), DefaultLogicFactory.create(),
            DefaultTestFactory.create(), DefaultMessagingFactory.create(), DefaultHTTPFactory.create(),
            DefaultFileQueueFactory.create(), DefaultRedisFactory.create(), DefaultMemcachedFactory.create(),
            DefaultMQTTFactory.create(), DefaultMongoDBFactory.create(), DefaultCurlFactory.create(),
            DefaultPrometheusFactory.create(), DefaultElasticSearchFactory.create(), DefaultActiveMQFactory.create(),
            DefaultRabbitMQFactory.create(), DefaultAMQPFactory.create(), DefaultAWSFactory.create(),
            DefaultAzureFactory.create(), DefaultAzureFunctionFactory.create(), DefaultGCPFactory.create(),
            DefaultGRPCFactory.create(),
        ]
    }
}
