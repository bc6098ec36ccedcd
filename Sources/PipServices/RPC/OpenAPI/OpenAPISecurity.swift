/// What an OpenAPI document says about authorization.
struct OpenAPISecurity: Sendable {
    /// The schemes of `Authorization` that the service understands, such as `Bearer`.
    var schemes: [String] = []
    /// What the controller or its endpoint requires for all operations.
    var requirement = RestAuthorizer.Requirement.nothing
    /// True if the requirement is that of the controller, which holds for every route.
    var isOfController = false

    /// What an operation of a route requires.
    func requirement(of route: RestRoute) -> RestAuthorizer.Requirement {
        let configured = route.ignoresEndpointAccess && !isOfController ? .nothing : requirement
        return max(configured, route.authorizer?.requirement ?? .nothing)
    }

    /// The name of a scheme among the components of the document: `bearerAuth` of `Bearer`.
    static func name(of scheme: String) -> String { scheme.asciiLowercased + "Auth" }

    /// The schemes as components.
    var components: AnyValueMap {
        AnyValueMap(
            schemes.map { (Self.name(of: $0), ["type": "http", "scheme": .string($0.asciiLowercased)]) }
                as [(String, AnyValue)])
    }

    /// The security requirement of an operation: one of the schemes.
    var alternatives: AnyValue { .array(schemes.map { .map([Self.name(of: $0): .array([])]) }) }

    /// The descriptions of the responses to requests that are refused, by status.
    static func refusals(_ requirement: RestAuthorizer.Requirement) -> [(status: String, description: String)] {
        let all = [
            (status: "401", description: "The request has no user, or wrong credentials"),
            (status: "403", description: "The user may not do this"),
        ]
        return Array(all.prefix(requirement.rawValue))
    }
}
