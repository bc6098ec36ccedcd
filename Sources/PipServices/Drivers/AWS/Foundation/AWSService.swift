#if PIP_AWS
/// An AWS service: its host name and protocol.
struct AWSService: Sendable, Hashable {
    /// The format of requests.
    enum Format: Sendable, Hashable {
        /// JSON 1.0 or 1.1: the operation is in `X-Amz-Target`, after a prefix.
        case json(version: String, target: String)
        /// A form whose response is XML.
        case query(version: String)
        /// JSON with a path for each operation.
        case rest
    }

    /// The first part of the host name, and the service name in signatures.
    let name: String
    let format: Format
    /// The suffix of the variable `AWS_ENDPOINT_URL_<name>`; in lower case also the section in a shared configuration
    /// file.
    let variable: String

    static let sqs = AWSService(name: "sqs", format: .json(version: "1.0", target: "AmazonSQS"), variable: "SQS")
    static let sns = AWSService(name: "sns", format: .query(version: "2010-03-31"), variable: "SNS")
    static let logs = AWSService(
        name: "logs", format: .json(version: "1.1", target: "Logs_20140328"), variable: "CLOUDWATCH_LOGS")
    static let monitoring = AWSService(
        name: "monitoring", format: .query(version: "2010-08-01"), variable: "CLOUDWATCH")
    static let secrets = AWSService(
        name: "secretsmanager", format: .json(version: "1.1", target: "secretsmanager"), variable: "SECRETS_MANAGER")
    static let parameters = AWSService(
        name: "ssm", format: .json(version: "1.1", target: "AmazonSSM"), variable: "SSM")
    static let lambda = AWSService(name: "lambda", format: .rest, variable: "LAMBDA")
}

/// The address of a service.
struct AWSEndpoint: Sendable, Hashable {
    /// Protocol, host, port and path, without a trailing slash.
    let url: String

    /// Creates the address in a region.
    init(_ service: AWSService, region: String) {
        url = "https://\(service.name).\(region).\(AWSPartition(region: region).suffix)"
    }

    /// Parses a configured address; nil unless it has the form `http://host:port/path`.
    init?(custom text: String) {
        let uri = ConnectionURI(text)
        guard let scheme = uri.protocol?.asciiLowercased, scheme == "http" || scheme == "https",
            uri.username == nil, uri.password == nil, uri.query.isEmpty, uri.servers.count == 1,
            let server = uri.servers.first, !server.host.isEmpty
        else { return nil }
        if let port = server.port { guard Int(port).map({ (1...65_535).contains($0) }) == true else { return nil } }
        let path = (uri.path ?? "").parts(separatedBy: "/", omittingEmpty: true).map { "/\($0)" }.joined()
        url =
            "\(scheme)://\(ConnectionURI.bracketed(server.host.asciiLowercased))" + (server.port.map { ":\($0)" } ?? "")
            + path
    }
}
#endif
