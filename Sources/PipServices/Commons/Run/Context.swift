public import ServiceContextModule

/// What travels with an operation through a service and to the next one (the toolkit's `IContext` and `Context`):
/// a trace id, who calls, how long there is, free values, and the context of distributed tracing.
///
/// A value type; copying it costs one reference. Every operation of a component takes it first.
public struct Context: Sendable {
    private var box: Box

    /// Creates a context.
    public init(
        traceId: String? = nil, client: String? = nil, user: AnyValue? = nil, values: AnyValueMap = [:],
        deadline: Duration? = nil, serviceContext: ServiceContext = .topLevel
    ) {
        box = Box(
            Fields(
                traceId: traceId, client: client, user: user, values: values, deadline: deadline,
                serviceContext: serviceContext))
    }

    /// The context of an operation that nobody asked for, such as a timer's. It has no trace id.
    public static let empty = Context()

    /// A context with a trace id (the toolkit's `Context.fromTraceId`).
    public static func fromTraceId(_ traceId: String?) -> Context { Context(traceId: traceId) }

    /// A context from values by name, as other editions write it: `trace_id` (or `traceId`, or `correlation_id`),
    /// `client`, `user`; all of them stay among the free values too.
    public init(_ values: AnyValueMap) {
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { values.getAsNullableString($0) }.first { !$0.isEmpty }
        }
        self.init(
            traceId: text("trace_id", "traceId", "correlation_id"), client: text("client"),
            user: values["user"].flatMap { $0.isNull ? .none : .some($0) }, values: values)
    }

    /// Links the log lines, traces and errors of one operation, through all services that take part.
    public var traceId: String? {
        get { box.fields.traceId }
        set { change { $0.traceId = newValue } }
    }

    /// The name of the calling service.
    public var client: String? {
        get { box.fields.client }
        set { change { $0.client = newValue } }
    }

    /// Who calls: a name, or a map of what is known about the user.
    public var user: AnyValue? {
        get { box.fields.user }
        set { change { $0.user = newValue } }
    }

    /// The reading of the clock's `uptime` by which the operation must have ended.
    public var deadline: Duration? {
        get { box.fields.deadline }
        set { change { $0.deadline = newValue } }
    }

    /// The context of distributed tracing, which carries spans.
    public var serviceContext: ServiceContext {
        get { box.fields.serviceContext }
        set { change { $0.serviceContext = newValue } }
    }

    /// A free value (the toolkit's `IContext.get`); `trace_id`, `client` and `user` are found here too.
    public subscript(key: String) -> AnyValue? {
        get {
            if let value = box.fields.values[key] { return value }
            return switch key {
            case "trace_id", "traceId": traceId.map(AnyValue.string)
            case "client": client.map(AnyValue.string)
            case "user": user
            default: nil
            }
        }
        set { change { $0.values[key] = newValue } }
    }

    // MARK: - Internal

    /// The deadline, or a reading of the clock that comes before it.
    func earlier(_ time: Duration) -> Duration { deadline.map { min($0, time) } ?? time }

    private struct Fields: Sendable {
        var traceId: String?
        var client: String?
        var user: AnyValue?
        var values: AnyValueMap
        var deadline: Duration?
        var serviceContext: ServiceContext
    }

    /// Immutable, so that contexts can share it.
    private final class Box: Sendable {
        let fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    private mutating func change(_ change: (inout Fields) -> Void) {
        var fields = box.fields
        change(&fields)
        box = Box(fields)
    }
}
