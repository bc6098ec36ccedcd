import FoundationEssentials
import Glibc

/// Describes the service (the toolkit's `ContextInfo`). Every container has one.
public final class ContextInfo: Component {
    private let nameSetting = Setting<String?>("name", default: nil, "The service's name")
    private let descriptionSetting = Setting<String?>("description", default: nil, "A description of the service")
    private let versionSetting = Setting<String?>("version", default: nil, "The service's version")
    private let propertiesSection = OpenSection("properties", "Further information about the service")
    private let contextIdSetting = Setting<String?>(
        "context_id", default: nil, "Identifies the instance of the service; the host name by default")
    private let clock = ClockSlot()
    private let defaultName: String
    private let defaultDescription: String?
    private let defaultVersion = SlotBox<String>()
    private let startedAt: Date
    private let startedAfter: Duration

    /// Creates the info with defaults for values that are not configured.
    public init(name: String = "unknown", description: String? = nil, version: String? = nil) {
        defaultName = name
        defaultDescription = description
        if let version { defaultVersion.set(version) }
        startedAt = clock.now
        startedAfter = clock.uptime
    }

    /// The service's name.
    public var name: String { nameSetting() ?? defaultName }
    /// The service's description.
    public var description: String? { descriptionSetting() ?? defaultDescription }
    /// The service's version, such as `1.2.0`, or nil.
    public var version: String? { versionSetting() ?? defaultVersion.value }
    /// Identifies the instance of the service; by default the host name.
    public var contextId: String { contextIdSetting() ?? Self.hostName }
    /// When the service started.
    public var startTime: Date { startedAt }
    /// How long the service has been running.
    public var uptime: Duration { clock.uptime - startedAfter }
    /// Additional properties of the service.
    public var properties: ConfigParams { propertiesSection() }

    /// All properties as a dynamic value with their JSON names: `name`, `description`, `context_id`, `start_time`,
    /// `uptime` in ms and `properties`; `version` if known.
    public var value: AnyValue {
        var value: AnyValueMap = [
            "name": .string(name), "description": description.map(AnyValue.string) ?? .null,
            "context_id": .string(contextId), "start_time": .date(startTime),
            "uptime": .integer(Int64(uptime.milliseconds)),
            "properties": .map(AnyValueMap(properties.map { ($0.key, $0.value.map(AnyValue.string) ?? .null) })),
        ]
        if let version { value["version"] = .string(version) }
        return .map(value)
    }

    // MARK: - Internal

    /// Sets the version of the program, which is used if none is configured.
    func setProgramVersion(_ version: String) { defaultVersion.set(version) }

    private static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
