/// The actions of a cloud function by their names in `cmd`. The drivers of all clouds dispatch with this table.
struct FunctionActions<Action: Sendable>: Sendable {
    private var actions: [ScalarText: Action] = [:]

    var isEmpty: Bool { actions.isEmpty }

    /// Adds an action.
    /// - Parameter owner: the owner of the action, for messages.
    /// - Throws: Misconfiguration `NO_COMMAND` for an empty name, `DUPLICATED_ACTION` for a repeated name.
    mutating func add(
        _ action: Action, named cmd: String, prefix: String = "", of owner: Any.Type, _ context: Context
    ) throws(ApplicationError) {
        guard !cmd.isEmpty else {
            throw .config(code: "NO_COMMAND", "An action of \(owner) has no name", traceId: context.traceId)
        }
        let name = prefix.isEmpty ? cmd : "\(prefix).\(cmd)"
        guard actions.updateValue(action, forKey: ScalarText(name)) == nil else {
            throw .config(
                code: "DUPLICATED_ACTION", "Two actions have the name '\(name)'; expected one of each name",
                traceId: context.traceId, details: ["command": .string(name)])
        }
    }

    /// True if there is an action with this name.
    func contains(_ cmd: String) -> Bool { actions[ScalarText(cmd)] != nil }

    /// Returns the action of a call.
    /// - Throws: BadRequest `NO_COMMAND` without a name, `NO_ACTION` for an unknown name.
    func find(_ cmd: String?, _ context: Context) throws(ApplicationError) -> Action {
        guard let cmd else {
            throw .badRequest(
                code: "NO_COMMAND", "The call has no 'cmd'; expected the name of an action in a JSON object",
                traceId: context.traceId)
        }
        if let action = actions[ScalarText(cmd)] { return action }
        let names = actions.keys.sorted().map(\.text)
        throw .badRequest(
            code: "NO_ACTION",
            "The action '\(cmd.shortened)' was not found" + NearestName.hint(for: cmd.shortened, among: names),
            traceId: context.traceId, details: ["command": .string(cmd.shortened)])
    }
}

/// The fields of a call of a cloud function in addition to the arguments of the action.
enum FunctionEnvelope {
    /// The members that describe the call and are not arguments.
    static let names = ["cmd", "trace_id", "correlation_id"]

    /// The name of the action; nil if it is missing or empty.
    static func cmd(_ members: AnyValueMap) -> String? { text(["cmd"], members) }

    /// The caller's trace id, truncated to its maximum length; nil if it is missing or empty.
    static func traceId(_ members: AnyValueMap) -> String? {
        text(["trace_id", "correlation_id"], members).map { TraceIds.bounded($0) }
    }

    /// Returns only the arguments.
    static func arguments(_ members: Parameters) -> Parameters {
        var arguments = members
        for name in names { arguments.remove(name) }
        return arguments
    }

    // MARK: - Internal

    /// Returns the first of some members that is a non-empty string.
    private static func text(_ names: [String], _ members: AnyValueMap) -> String? {
        for name in names {
            if case .string(let text)? = members[name], !text.isEmpty { return text }
        }
        return nil
    }
}
