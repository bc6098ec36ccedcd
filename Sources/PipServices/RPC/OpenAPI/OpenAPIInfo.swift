/// What an OpenAPI document says of itself: its title, version, and whom to ask (the `info…` fields of the toolkit's
/// `CommandableSwaggerDocument`).
public struct OpenAPIInfo: Sendable, Hashable {
    /// The title.
    public var title: String
    /// What the service does.
    public var description: String?
    /// The document's version, as text.
    public var version: String
    /// The address of the terms of service.
    public var termsOfService: String?
    /// Whom to ask.
    public var contactName: String?
    /// The address of a page of those to ask.
    public var contactURL: String?
    /// The mail address of those to ask.
    public var contactEmail: String?
    /// The license's name. Without it the license is left out, since OpenAPI insists on it.
    public var licenseName: String?
    /// The license's address.
    public var licenseURL: String?

    /// Creates what all documents have: a title and a version.
    public init(title: String, description: String? = nil, version: String = "1") {
        self.title = title
        self.description = description
        self.version = version
    }

    // MARK: - Internal

    /// As a document has it: what is not there is left out.
    var content: AnyValueMap {
        var content: AnyValueMap = ["title": .string(title)]
        content.put("description", text: description)
        content["version"] = .string(version)
        content.put("termsOfService", text: termsOfService)
        var contact = AnyValueMap()
        contact.put("name", text: contactName)
        contact.put("url", text: contactURL)
        contact.put("email", text: contactEmail)
        if !contact.isEmpty { content["contact"] = .map(contact) }
        if let licenseName {
            var license: AnyValueMap = ["name": .string(licenseName)]
            license.put("url", text: licenseURL)
            content["license"] = .map(license)
        }
        return content
    }
}

extension AnyValueMap {
    /// Sets a text, unless there is none.
    mutating func put(_ name: String, text: String?) {
        if let text { self[name] = .string(text) }
    }
}
