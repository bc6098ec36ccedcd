/// The method of an HTTP request.
public struct HTTPMethod: RawRepresentable, Hashable, Sendable {
    /// The name in capitals.
    public let rawValue: String

    /// Creates a method from a name, ignoring case. `del` means `DELETE`, as in other editions.
    public init(rawValue: String) {
        // Most names are uppercase already: a check is cheaper than a copy.
        let name = rawValue.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) ? rawValue : rawValue.asciiUppercased
        self.rawValue = name == "DEL" ? "DELETE" : name
    }

    /// Creates a method from a received request. Case counts (RFC 9110, 9.1): accepting `delete` as `DELETE` would
    /// bypass a proxy that blocks `DELETE`.
    init(received name: String) { rawValue = name }

    /// Reads a resource.
    public static let get = HTTPMethod(rawValue: "GET")
    /// Reads only the header of a resource.
    public static let head = HTTPMethod(rawValue: "HEAD")
    /// Creates a resource, or performs an operation.
    public static let post = HTTPMethod(rawValue: "POST")
    /// Replaces a resource.
    public static let put = HTTPMethod(rawValue: "PUT")
    /// Changes a resource partially.
    public static let patch = HTTPMethod(rawValue: "PATCH")
    /// Deletes a resource.
    public static let delete = HTTPMethod(rawValue: "DELETE")
    /// Returns the communication options.
    public static let options = HTTPMethod(rawValue: "OPTIONS")
}
