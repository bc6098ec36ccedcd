/// Tells what the service is and since when it runs, at `/status` (the toolkit's `StatusRestController`;
/// `StatusRestService` in version 3).
public final class StatusRestController: RestController, Referenceable {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost()
    private let route = Setting("route", default: "status", "Where it answers, under base_route")
    private let info = OptionalDependency<ContextInfo>("context-info", "*:context-info:*:*:1.0")
    private let clock = ClockSlot()
    private let references = SlotBox<References>()

    /// Creates a controller.
    public init() { SlotCollector.declare(self, slots: [route, info, clock], children: [rest]) }

    /// One route.
    public var routes: [RestRoute] {
        RestRoute(.get, route(), name: "status") { [self] _, _ in status }
    }

    /// Keeps the components, whose locators are part of the status.
    public func setReferences(_ references: References) { self.references.set(references) }

    // MARK: - Internal

    private var status: AnyValueMap {
        let info = info()
        let properties = info?.properties ?? [:]
        return [
            "id": info.map { .string($0.contextId) } ?? .null,
            "name": .string(info?.name ?? "Unknown"),
            "description": info?.description.map(AnyValue.string) ?? .null,
            "start_time": info.map { .date($0.startTime) } ?? .null,
            "current_time": .date(clock.now),
            "uptime": info.map { .integer(Int64($0.uptime.milliseconds)) } ?? .null,
            "properties": .map(AnyValueMap(properties.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })),
            "components": .array((references.value?.allLocators ?? []).map { .string($0.description) }),
        ]
    }
}
