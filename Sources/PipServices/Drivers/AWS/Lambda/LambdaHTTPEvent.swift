#if PIP_AWS
import FoundationEssentials

/// An HTTP request that API Gateway, a function URL or a load balancer passes to a function as an event.
struct LambdaHTTPEvent: Sendable {
    private enum Form {
        /// A REST API of API Gateway, with payload 1.0.
        case rest
        /// An HTTP API of API Gateway, with payload 1.0.
        case http
        /// An HTTP API or a function URL, with payload 2.0.
        case second
        case loadBalancer
    }

    private let form: Form
    private let event: AnyValueMap
    private let method: String

    /// Parses an event; nil if it is not an HTTP request.
    init?(_ event: AnyValueMap) {
        guard let origin = event["requestContext"]?.map else { return nil }
        self.event = event
        if event["version"]?.string == "2.0", let method = origin["http"]?["method"]?.string {
            (form, self.method) = (.second, method)
        } else if let method = event["httpMethod"]?.string, event["path"]?.string != nil {
            self.method = method
            form = origin["elb"] != nil ? .loadBalancer : event["version"]?.string == "1.0" ? .http : .rest
        } else {
            return nil
        }
    }

    /// Returns the request for the endpoint.
    /// - Parameter left: the remaining time of the function; nil if unknown.
    /// - Throws: BadRequest `BAD_EVENT` for a body that the event marks as Base64 but is not.
    func request(_ context: Context, left: Duration?) throws(ApplicationError) -> RestRequest {
        var headers = headers
        if let left {
            let given = HeaderFields.value(HTTPFieldNames.timeout, in: headers).flatMap { Double($0) } ?? .infinity
            headers.removeAll { $0.name.isSame(ignoringCase: HTTPFieldNames.timeout) }
            headers.append((HTTPFieldNames.timeout, "\(Int64(max(1, min(given, left.asSleep.milliseconds))))"))
        }
        if let parent = context.traceParent, HeaderFields.value(HTTPFieldNames.traceParent, in: headers) == nil {
            headers.append((HTTPFieldNames.traceParent, parent.description))
        }
        let query = query
        var request = RestRequest(
            HTTPMethod(received: method), Self.encodedPath(path) + (query.isEmpty ? "" : "?\(query)"),
            headers: HeaderFields(headers), body: RestBody(try body(context)))
        let origin = event["requestContext"]
        let connection = RestConnection(
            remoteAddress: origin?["http"]?["sourceIp"]?.string ?? origin?["identity"]?["sourceIp"]?.string,
            isSecure: form != .loadBalancer || HeaderFields.value("x-forwarded-proto", in: headers) == "https",
            host: HeaderFields.value("host", in: headers) ?? origin?["domainName"]?.string)
        request.connection = { connection }
        return request
    }

    /// Converts the endpoint's response to that of the event.
    func response(_ response: RestResponse) -> AnyValue {
        let fields = response.headers.filter { field in
            !Self.ofConnection.contains { $0.isSame(ignoringCase: field.name) }
        }
        var result: AnyValueMap = ["statusCode": .integer(Int64(response.status))]
        let isCoded = HeaderFields.value("content-encoding", in: fields) != nil
        if !isCoded, let text = String(validating: response.body, as: UTF8.self) {
            result["body"] = .string(text)
            result["isBase64Encoded"] = false
        } else {
            result["body"] = .string(Data(response.body).base64EncodedString())
            result["isBase64Encoded"] = true
        }
        if form == .loadBalancer {
            // A reason phrase is required, but its text is irrelevant.
            result["statusDescription"] = .string("\(response.status) Status")
        }
        switch form {
        case .second:
            let cookies = fields.filter { $0.name.isSame(ignoringCase: "set-cookie") }.map { AnyValue.string($0.value) }
            if !cookies.isEmpty { result["cookies"] = .array(cookies) }
            result["headers"] = Self.joined(fields.filter { !$0.name.isSame(ignoringCase: "set-cookie") })
        case .loadBalancer where event["multiValueHeaders"]?.map == nil: result["headers"] = Self.joined(fields)
        case .rest, .http, .loadBalancer:
            var lists = AnyValueMap()
            for (name, value) in fields {
                let name = name.asciiLowercased
                lists[name] = .array((lists[name]?.array ?? []) + [.string(value)])
            }
            result["multiValueHeaders"] = .map(lists)
        }
        return .map(result)
    }

    // MARK: - Internal

    private static let ofConnection = ["connection", "content-length", "transfer-encoding", "keep-alive", "date"]

    private var headers: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let lists = event["multiValueHeaders"]?.map {
            for (name, values) in lists { fields += (values.array ?? []).compactMap(\.string).map { (name, $0) } }
        } else {
            fields += (event["headers"]?.map ?? [:]).compactMap { name, value in value.string.map { (name, $0) } }
        }
        if form == .second, let cookies = event["cookies"]?.array, !cookies.isEmpty {
            fields.removeAll { $0.name.isSame(ignoringCase: "cookie") }
            fields.append(("cookie", cookies.compactMap(\.string).joined(separator: "; ")))
        }
        // By default, a REST API would send the Base64 of a compressed body undecoded.
        if form == .rest { fields.removeAll { $0.name.isSame(ignoringCase: "accept-encoding") } }
        return fields
    }

    private var path: String {
        let path = (form == .second ? event["rawPath"]?.string : event["path"]?.string) ?? "/"
        let origin = event["requestContext"]
        // An HTTP API prefixes paths with its stage, but only at its own host name.
        guard form == .second || form == .http, let stage = origin?["stage"]?.string, stage != "$default",
            origin?["domainName"]?.string?.contains(text: ".execute-api.") == true,
            let rest = path.dropping(prefix: "/\(stage)"), rest.isEmpty || rest.begins(with: "/")
        else { return path.isEmpty ? "/" : path }
        return rest.isEmpty ? "/" : String(rest)
    }

    private var query: String {
        if form == .second { return event["rawQueryString"]?.string ?? "" }
        var pairs: [(String, String)] = []
        if let lists = event["multiValueQueryStringParameters"]?.map {
            for (name, values) in lists { pairs += (values.array ?? []).compactMap(\.string).map { (name, $0) } }
        } else {
            pairs = (event["queryStringParameters"]?.map ?? [:]).map { ($0, $1.string ?? "") }
        }
        // A load balancer passes parameters unchanged; API Gateway decodes them.
        let isEncoded = form == .loadBalancer
        return pairs.map { name, value in
            isEncoded ? "\(name)=\(value)" : "\(AWSText.encoded(name))=\(AWSText.encoded(value))"
        }.joined(separator: "&")
    }

    private func body(_ context: Context) throws(ApplicationError) -> [UInt8] {
        guard let text = event["body"]?.string else { return [] }
        guard event["isBase64Encoded"]?.getAsBoolean() == true else { return Array(text.utf8) }
        guard let data = Data(base64Encoded: text) else {
            throw .badRequest(
                code: "BAD_EVENT", "'body' of the event is not base 64, although 'isBase64Encoded' is true",
                traceId: context.traceId)
        }
        return Array(data)
    }

    /// Escapes characters that are invalid in a path; keeps existing escapes.
    private static func encodedPath(_ path: String) -> String {
        guard path.utf8.contains(where: { !isOfPath($0) }) else { return path }
        return path.utf8.map { byte in
            isOfPath(byte) ? String(Unicode.Scalar(byte)) : "%" + AWSText.hex([byte]).asciiUppercased
        }.joined()
    }

    private static func isOfPath(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }

    private static func joined(_ fields: [(name: String, value: String)]) -> AnyValue {
        var map = AnyValueMap()
        for (name, value) in fields {
            let name = name.asciiLowercased
            map[name] = .string(map[name]?.string.map { "\($0), \(value)" } ?? value)
        }
        return .map(map)
    }
}
#endif
