#if PIP_HTTP
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Converts Hummingbird's requests to those of the toolkit, and the toolkit's responses to Hummingbird's.
struct HummingbirdResponder: HTTPResponder {
    struct Context: InitializableFromSource {
        let channel: any Channel
        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    private let configuration: HTTPServerConfiguration
    /// The fields of all responses.
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
            HTTPMethod(rawValue: request.method.rawValue), request.head.path ?? "/",
            headers: RestHeaders(find: { origin.value(of: $0) }, list: { origin.fields }),
            body: RestBody(
                RestBodySource(
                    limit: configuration.limits.bodySize, budget: bodies,
                    length: origin.value(of: "content-length").flatMap { Int($0) },
                    stream: { take in try await Self.read(request, context.channel, take) })))
        rest.connection = { origin.connection }
        await cooperativeYield.yieldIfDue()
        let response = await configuration.handler(rest)
        return Response(
            status: .init(code: response.status), headers: fields(of: response),
            body: request.method == .head ? Self.noBody : Self.body(of: response))
    }

    // MARK: - Internal

    private func fields(of response: RestResponse) -> HTTPFields {
        var fields = headers
        var replaced: [HTTPField.Name] = []
        for (name, value) in response.headers {
            // Creating a name validates it, which is not necessary for the one of nearly every response.
            guard let name = name == "Content-Type" ? .contentType : HTTPField.Name(name) else { continue }
            // The first value replaces that of all responses; a response may have several fields of one name.
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
                // Every cause is the client's: malformed chunks, or a closed connection.
                throw ApplicationError.badRequest(
                    code: "BROKEN_BODY", "The request's body does not come in full", cause: error)
            }
            guard let piece else { return }
            try await take(Array(piece.readableBytesView))
        }
    }

    /// The body of a response to `HEAD`, which says no length of its own.
    private static let noBody = ResponseBody { writer in try await writer.finish(nil) }

    private static func body(of response: RestResponse) -> ResponseBody {
        guard let write = response.writer else {
            return response.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: response.body))
        }
        return ResponseBody { writer in
            // An empty piece would end a chunked body.
            try await write { if !$0.isEmpty { try await writer.write(ByteBuffer(bytes: $0)) } }
            try await writer.finish(nil)
        }
    }
}

extension HTTPFields {
    fileprivate init(_ fields: [(name: String, value: String)]) {
        self.init()
        for (name, value) in fields {
            guard let name = HTTPField.Name(name) else { continue }
            // Static names need no reference counting.
            self[name == .accessControlAllowOrigin ? .accessControlAllowOrigin : name] = value
        }
    }
}
#endif
