#if PIP_AZURE
/// An invocation, sent by the Functions host to a custom handler when a trigger fires:
/// `{"Data": {...}, "Metadata": {...}}`.
struct AzureInvocation: Sendable {
    /// The name of the function.
    let function: String
    /// The values of the trigger and of the input bindings, by binding name.
    let data: AnyValueMap
    let metadata: AnyValueMap
    let id: String?

    /// Parses an invocation.
    /// - Throws: BadRequest `BAD_EVENT` for an invalid body.
    init(_ context: Context, function: String, _ request: RestRequest) async throws {
        let body: AnyValue?
        do {
            body = try await request.body.json()
        } catch let error as ApplicationError where error.code == "InvalidContent" {
            throw Self.badEvent(function, "is no JSON: \(error.message)", context)
        }
        guard let data = body?["Data"]?.map else {
            throw Self.badEvent(function, "has no object 'Data'", context)
        }
        self.function = function
        self.data = data
        metadata = body?["Metadata"]?.map ?? [:]
        id = request.headers["x-azure-functions-invocationid"]
    }

    /// The request of an HTTP trigger; nil for another trigger.
    func httpEvent(_ context: Context) throws(ApplicationError) -> AzureHTTPEvent? {
        for (_, value) in data {
            if let fields = value.map, let event = try AzureHTTPEvent(context, function: function, fields) {
                return event
            }
        }
        return nil
    }

    /// The arguments of the action and its name in `cmd`: the members of the value that contains `cmd`. If there is
    /// none, `cmd` is the name of the function, and the arguments are the members of the only value, or all values by
    /// name.
    var members: AnyValueMap {
        let values = AnyValueMap(data.map { ($0.0, Self.decoded($0.1)) })
        let messages = values.compactMap { $0.1.map }
        if let message = messages.first(where: { FunctionEnvelope.cmd($0) != nil }) { return message }
        var members = values.count == 1 ? messages.first ?? values : values
        members["cmd"] = .string(function)
        return members
    }

    static func badEvent(_ function: String, _ what: String, _ context: Context) -> ApplicationError {
        .badRequest(
            code: "BAD_EVENT",
            "The event of the function '\(function.shortened)' \(what); expected an object with 'Data' and 'Metadata', as "
                + "the Functions host sends it to custom handlers", traceId: context.traceId,
            details: ["function": .string(function.shortened)])
    }

    // MARK: - Internal

    /// The host sends a message as JSON in a string, and a string as a JSON string inside it.
    private static func decoded(_ value: AnyValue) -> AnyValue {
        var value = value
        for _ in 0..<3 {
            guard case .string(let text) = value, let inner = try? JSONParser.parse(Array(text.utf8)),
                inner.map != nil || inner.array != nil || inner.string != nil
            else { return value }
            value = inner
        }
        return value
    }
}
#endif
