/// The metadata of an OpenAPI document: title, version and contact (the `info…` fields of the toolkit's
/// `CommandableSwaggerDocument`).
public struct OpenAPIInfo: Sendable, Hashable {
    /// The title.
    public var title: String
    /// A description of the service.
    public var description: String?
    /// The document's version.
    public var version: String
    /// The URL of the terms of service.
    public var termsOfService: String?
    /// The name of the contact.
    public var contactName: String?
    /// The URL of the contact.
    public var contactURL: String?
    /// The email address of the contact.
    public var contactEmail: String?
    /// The name of the license. OpenAPI requires it: without it the license is omitted.
    public var licenseName: String?
    /// The URL of the license.
    public var licenseURL: String?

    /// Creates metadata with the required fields.
    public init(title: String, description: String? = nil, version: String = "1") {
        self.title = title
        self.description = description
        self.version = version
    }

    // MARK: - Internal

    /// The JSON form without unset fields.
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
    /// Sets a string unless it is nil.
    mutating func put(_ name: String, text: String?) {
        if let text { self[name] = .string(text) }
    }
}
