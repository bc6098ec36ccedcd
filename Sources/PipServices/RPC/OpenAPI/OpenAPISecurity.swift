/// The security section of an OpenAPI document.
struct OpenAPISecurity: Sendable {
    /// The `Authorization` schemes that the service supports, such as `Bearer`.
    var schemes: [String] = []
    /// The requirement of the controller or its endpoint for all operations.
    var requirement = RestAuthorizer.Requirement.nothing
    /// True if the requirement is the controller's, which applies to every route.
    var isOfController = false

    /// The requirement of a route's operation.
    func requirement(of route: RestRoute) -> RestAuthorizer.Requirement {
        let configured = route.ignoresEndpointAccess && !isOfController ? .nothing : requirement
        return max(configured, route.authorizer?.requirement ?? .nothing)
    }

    /// The component name of a scheme: `bearerAuth` for `Bearer`.
    static func name(of scheme: String) -> String { scheme.asciiLowercased + "Auth" }

    /// The schemes as components.
    var components: AnyValueMap {
        AnyValueMap(
            schemes.map { (Self.name(of: $0), ["type": "http", "scheme": .string($0.asciiLowercased)]) }
                as [(String, AnyValue)])
    }

    /// The security requirement of an operation: any one of the schemes.
    var alternatives: AnyValue { .array(schemes.map { .map([Self.name(of: $0): .array([])]) }) }

    /// The responses to refused requests: status and description.
    static func refusals(_ requirement: RestAuthorizer.Requirement) -> [(status: String, description: String)] {
        let all = [
            (status: "401", description: "The request has no user, or wrong credentials"),
            (status: "403", description: "The user may not do this"),
        ]
        return Array(all.prefix(requirement.rawValue))
    }
}
