#if PIP_ACTIVEMQ
/// The settings of a queue on RabbitMQ, with the toolkit's keys.
final class RabbitMQRouting: STOMPRouting {
    private let exchange = Setting(
        "exchange", default: "",
        "The exchange to which messages are sent, which must exist; by default messages are sent to the queue")
    private let exchangeType = Setting(
        "options.exchange_type", default: "fanout",
        "Has no effect; accepted for files of other editions. STOMP can't create an exchange")
    private let routingKey = Setting(
        "options.routing_key", default: "", "The routing key of messages, and of the queue's binding to the exchange")
    private let creates = Setting(
        "options.auto_create", default: true,
        "True to create the queue, and its binding to the exchange, if it is missing; false if it must exist")
    private let isExclusive = Setting(
        "options.exclusive", default: false,
        "True for an exclusive queue, which only this connection uses and which is deleted with it")
    private let deletes = Setting(
        "options.auto_delete", default: false, "True for a queue that is deleted after its last receiver")
    private let hasNoQueue = Setting(
        "options.no_queue", default: false, "True to only send to the exchange and receive nothing")
    private let deadQueue = Setting<String?>(
        "options.dead_queue", default: nil, "The dead-letter queue; by default the queue's name with '.dead'")
    private let delays = Setting(
        "options.delayed_delivery", default: false,
        "True to delay failed messages in a RabbitMQ queue with '.delay' in its name; false to delay them in the "
            + "process")

    var broker: STOMPBroker { .rabbitMQ }

    func route(_ context: Context, _ queue: String, topic: String?) throws(ApplicationError) -> STOMPRoute {
        try check(context, name: queue, key: "queue")
        let dead = deadQueue() ?? queue + ".dead"
        try check(context, name: dead, key: "options.dead_queue")
        let exchange = exchange()
        if hasNoQueue(), exchange.isEmpty {
            throw .config(
                code: "NO_QUEUE", key: "exchange",
                "'options.no_queue' is true and 'exchange' is not set; expected an exchange to send to",
                traceId: context.traceId)
        }
        // Declares nothing, because the queue exists once a message was received from it.
        let home = STOMPRoute.Target(destination: broker.queue(queue, creates: false))
        var route = STOMPRoute(
            target: home, home: home, dead: broker.queue(dead), name: queue, delaysAtBroker: delays())
        var headers: STOMPHeaders = ["destination": home.destination]
        if creates() {
            headers = [
                "destination": broker.queue(queue), "durable": "\(!isExclusive())", "auto-delete": "\(deletes())",
                "exclusive": "\(isExclusive())",
            ]
            // An exclusive queue belongs to the receiving connection.
            if !isExclusive() {
                route.target.headers = headers
                route.target.headers["destination"] = nil
                route.target.destination = broker.queue(queue)
            }
        }
        if let topic {
            try check(context, name: topic, key: "topic")
            route.target = STOMPRoute.Target(destination: broker.topic(topic))
        } else if !exchange.isEmpty {
            route.target = STOMPRoute.Target(
                destination: STOMPBroker.exchange(exchange, routingKey: routingKey()))
        }
        if creates(), topic != nil || !exchange.isEmpty {
            headers["destination"] = route.target.destination
            headers["x-queue-name"] = queue
        }
        if !hasNoQueue() { route.subscriptions = [headers] }
        return route
    }
}
#endif
