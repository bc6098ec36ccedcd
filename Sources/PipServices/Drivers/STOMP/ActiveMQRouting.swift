#if PIP_ACTIVEMQ
/// The settings of a queue on ActiveMQ.
final class ActiveMQRouting: STOMPRouting {
    private let selector = Setting<String?>(
        "options.selector", default: nil,
        "A JMS selector (SQL condition on headers), such as \"type = 'order'\"; other messages are not received")
    private let clientId = Setting<String?>(
        "client_id", default: nil,
        "With a topic: makes the subscription durable, so that the broker keeps messages while there is no receiver. "
            + "Only one process may use it at a time")
    private let deadQueue = Setting<String?>(
        "options.dead_queue", default: nil, "The dead-letter queue; by default the queue's name with '.dead'")
    private let delays = Setting(
        "options.delayed_delivery", default: false,
        "True if the broker has 'schedulerSupport': a failed message then awaits its redelivery at the broker, "
            + "otherwise in the process")

    var broker: STOMPBroker { .activeMQ }

    func route(_ context: Context, _ queue: String, topic: String?) throws(ApplicationError) -> STOMPRoute {
        try check(context, name: queue, key: "queue")
        let dead = deadQueue() ?? queue + ".dead"
        try check(context, name: dead, key: "options.dead_queue")
        let home = STOMPRoute.Target(destination: broker.queue(queue))
        var route = STOMPRoute(
            target: home, home: home, dead: broker.queue(dead), name: queue, delaysAtBroker: delays())
        // Copies of a topic's messages are sent to the queue itself.
        route.subscriptions = [["destination": home.destination]]
        if let topic {
            try check(context, name: topic, key: "topic")
            route.target.destination = broker.topic(topic)
            var headers: STOMPHeaders = ["destination": broker.topic(topic)]
            if let clientId = clientId() {
                headers["activemq.subscriptionName"] = queue
                // A client id can be used by only one connection, and each queue has its own connection.
                route.clientId = "\(clientId)-\(queue)"
            }
            route.subscriptions.append(headers)
        }
        if let selector = selector() {
            for index in route.subscriptions.indices { route.subscriptions[index]["selector"] = selector }
        }
        return route
    }
}
#endif
