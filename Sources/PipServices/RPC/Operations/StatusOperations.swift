/// Returns the service's status and uptime, as a handler for custom routes (the toolkit's `StatusOperations`). A child
/// component of a controller.
public final class StatusOperations: RestOperations, Component, Referenceable {
    private let info = OptionalDependency<ContextInfo>("context-info", "*:context-info:*:*:1.0")
    private let clock = ClockSlot()
    private let references = SlotBox<References>()

    /// Creates the operations.
    public init() {}

    /// Sets the references, whose locators are part of the status.
    public func setReferences(_ references: References) { self.references.set(references) }

    /// Returns the status as JSON: `id`, `name`, `description`, `start_time`, `current_time`, `uptime` in ms,
    /// `properties` and the locators of the `components`; `version` if known.
    public func status(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        try sendResult(value)
    }

    // MARK: - Internal

    var value: AnyValueMap {
        let info = info()
        let properties = info?.properties ?? [:]
        var value: AnyValueMap = [
            "id": info.map { .string($0.contextId) } ?? .null,
            "name": .string(info?.name ?? "Unknown"),
            "description": info?.description.map(AnyValue.string) ?? .null,
            "start_time": info.map { .date($0.startTime) } ?? .null,
            "current_time": .date(clock.now),
            "uptime": info.map { .integer(Int64($0.uptime.milliseconds)) } ?? .null,
            "properties": .map(AnyValueMap(properties.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })),
            "components": .array((references.value?.allLocators ?? []).map { .string($0.description) }),
        ]
        if let version = info?.version { value["version"] = .string(version) }
        return value
    }
}
