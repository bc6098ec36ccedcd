#if PIP_HTTP
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Converts requests and responses between Hummingbird and the toolkit.
struct HummingbirdResponder: HTTPResponder {
    struct Context: InitializableFromSource {
        let channel: any Channel
        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    private let configuration: HTTPServerConfiguration
    /// Fields added to every response.
    private let headers: HTTPFields
    private let cooperativeYield = CooperativeYield()
    private let bodies: BodyBudget

    init(_ configuration: HTTPServerConfiguration) {
        self.configuration = configuration
        bodies = BodyBudget(limit: configuration.limits.bodiesSize)
        headers = HTTPFields(configuration.headers)
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let origin = RequestOrigin(request.head, context.channel, isSecure: configuration.tls != nil)
        var rest = RestRequest(
            HTTPMethod(received: request.method.rawValue), request.head.path ?? "/",
            headers: HeaderFields(find: { origin.value(of: $0) }, list: { origin.fields }),
            body: RestBody(
                RestBodySource(
                    limit: configuration.limits.bodySize, budget: bodies,
                    length: origin.value(of: "content-length").flatMap { Int($0) },
                    stream: { take in try await Self.read(request, context.channel, take) })))
        rest.connection = { origin.connection }
        await cooperativeYield.yieldIfDue()
        let response = await configuration.handler(rest)
        let isHead = request.method == .head
        let length = isHead ? nil : Self.length(of: response)
        var fields = fields(of: response)
        if !isHead { fields[.contentLength] = length.map { String($0) } }
        return Response(
            status: .init(code: response.status), headers: fields,
            body: isHead ? Self.noBody : Self.body(of: response, length: length))
    }

    // MARK: - Internal

    private func fields(of response: RestResponse) -> HTTPFields {
        var fields = headers
        var replaced: [HTTPField.Name] = []
        for (name, value) in response.headers {
            // Validating a name is unnecessary for most responses.
            guard let name = name == "Content-Type" ? .contentType : HTTPField.Name(name) else { continue }
            // The first value replaces that of all responses; a response may repeat a field.
            if headers.contains(name), !replaced.contains(name) {
                replaced.append(name)
                fields[values: name] = [value]
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        return fields
    }

    @inline(__always)
    private static func read(
        _ request: Request, _ channel: any Channel, _ take: ([UInt8]) async throws -> Void
    ) async throws {
        if request.headers.contains(.expect) { channel.triggerUserOutboundEvent(BodyRequest(), promise: nil) }
        var pieces = request.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch let error where !(error is CancellationError) {
                // The client causes all of these errors: malformed chunks or a closed connection.
                throw ApplicationError.badRequest(
                    code: "BROKEN_BODY", "The request's body is incomplete", cause: error)
            }
            guard let piece else { return }
            try await take(Array(piece.readableBytesView))
        }
    }

    /// The declared length of a streamed response; nil if the body is in memory, in which case the server counts its
    /// bytes.
    private static func length(of response: RestResponse) -> Int? {
        guard response.writer != nil else { return nil }
        let stated = response.headers.filter { HeaderFields.isSame($0.name, "Content-Length") }
        guard stated.count == 1, let text = stated.first?.value, let length = Int(text), length >= 0 else { return nil }
        return length
    }

    /// The body of a response to `HEAD`, without a length of its own.
    private static let noBody = ResponseBody { writer in try await writer.finish(nil) }

    private static func body(of response: RestResponse, length: Int?) -> ResponseBody {
        guard let write = response.writer else {
            return response.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: response.body))
        }
        return ResponseBody { writer in
            var count = 0
            try await write { piece in
                count += piece.count
                // Bytes beyond the declared length would be read as the next response.
                guard count <= length ?? .max else { throw wrongLength }
                // An empty chunk would end a chunked body.
                if !piece.isEmpty { try await writer.write(ByteBuffer(bytes: piece)) }
            }
            guard count == length ?? count else { throw wrongLength }
            try await writer.finish(nil)
        }
    }
}

private let wrongLength = ApplicationError.internal(
    code: "WRONG_LENGTH", "A streamed response does not have the length that its Content-Length states")

extension HTTPFields {
    fileprivate init(_ fields: HeaderFields) {
        self.init()
        for (name, value) in fields {
            guard let name = HTTPField.Name(name) else { continue }
            // Static names need no reference counting.
            self[name == .accessControlAllowOrigin ? .accessControlAllowOrigin : name] = value
        }
    }
}
#endif
