public import ServiceContextModule

/// The data that accompanies an operation through a service and to the next one (the toolkit's `IContext` and
/// `Context`): a trace id, the caller, a deadline, custom values, and the context of distributed tracing.
///
/// A value type that is cheap to copy. It is the first parameter of every component operation.
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

    /// The context of an operation without a caller, such as that of a timer. It has no trace id.
    public static let empty = Context()

    /// Creates a context with a trace id (the toolkit's `Context.fromTraceId`).
    public static func fromTraceId(_ traceId: String?) -> Context { Context(traceId: traceId) }

    /// Creates a context from values in the format of other editions: `trace_id` (or `traceId`, or `correlation_id`),
    /// `client`, `user`. All values are also kept as custom values.
    public init(_ values: AnyValueMap) {
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { values.getAsNullableString($0) }.first { !$0.isEmpty }
        }
        self.init(
            traceId: text("trace_id", "traceId", "correlation_id"), client: text("client"),
            user: values["user"].flatMap { $0.isNull ? .none : .some($0) }, values: values)
    }

    /// Links the log lines, traces and errors of one operation across all services.
    public var traceId: String? {
        get { box.fields.traceId }
        set { change { $0.traceId = newValue } }
    }

    /// The name of the calling service.
    public var client: String? {
        get { box.fields.client }
        set { change { $0.client = newValue } }
    }

    /// The calling user: a name, or a map of the user's properties.
    public var user: AnyValue? {
        get { box.fields.user }
        set { change { $0.user = newValue } }
    }

    /// The deadline of the operation, as a value of the clock's `uptime`.
    public var deadline: Duration? {
        get { box.fields.deadline }
        set { change { $0.deadline = newValue } }
    }

    /// The context of distributed tracing, which carries the spans.
    public var serviceContext: ServiceContext {
        get { box.fields.serviceContext }
        set { change { $0.serviceContext = newValue } }
    }

    /// A custom value (the toolkit's `IContext.get`), or `trace_id`, `client` or `user`.
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

    /// Returns the earlier of the deadline and another time.
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
