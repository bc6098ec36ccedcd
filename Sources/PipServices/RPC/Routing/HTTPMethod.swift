/// The method of an HTTP request.
public struct HTTPMethod: RawRepresentable, Hashable, Sendable {
    /// The name in capitals.
    public let rawValue: String

    /// A method by its name, whatever its capitals. `del` is read as `DELETE`, as other editions write it.
    public init(rawValue: String) {
        // Most have them: looking costs less than copying.
        let name = rawValue.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) ? rawValue : rawValue.asciiUppercased
        self.rawValue = name == "DEL" ? "DELETE" : name
    }

    /// A method as it stands in a request, where capitals count (RFC 9110, 9.1): `delete` is not `DELETE`, or a proxy that
    /// refuses the one would pass the other on.
    init(received name: String) { rawValue = name }

    /// Reads.
    public static let get = HTTPMethod(rawValue: "GET")
    /// Reads the headers only.
    public static let head = HTTPMethod(rawValue: "HEAD")
    /// Creates, or does something.
    public static let post = HTTPMethod(rawValue: "POST")
    /// Replaces.
    public static let put = HTTPMethod(rawValue: "PUT")
    /// Changes in part.
    public static let patch = HTTPMethod(rawValue: "PATCH")
    /// Removes.
    public static let delete = HTTPMethod(rawValue: "DELETE")
    /// Asks what is possible.
    public static let options = HTTPMethod(rawValue: "OPTIONS")
}
