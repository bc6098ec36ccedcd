/// Every factory that is compiled in.
public enum DefaultFactories {
    /// The factories of all rooms and drivers.
    public static func create() -> [any ComponentFactory] {
        [
            DefaultComponentsFactory.create(), DefaultConfigFactory.create(), DefaultLogicFactory.create(),
            DefaultTestFactory.create(), DefaultMessagingFactory.create(), DefaultHTTPFactory.create(),
            DefaultFileQueueFactory.create(), DefaultRedisFactory.create(), DefaultMemcachedFactory.create(),
            DefaultMQTTFactory.create(), DefaultMongoDBFactory.create(), DefaultCurlFactory.create(),
            DefaultPrometheusFactory.create(), DefaultElasticSearchFactory.create(), DefaultActiveMQFactory.create(),
            DefaultRabbitMQFactory.create(), DefaultAMQPFactory.create(), DefaultAWSFactory.create(), DefaultAzureFactory.create(),
            DefaultGCPFactory.create(),
            DefaultGRPCFactory.create(),
        ]
    }
}
