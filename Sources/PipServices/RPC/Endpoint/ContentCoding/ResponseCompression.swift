/// Compresses response bodies with gzip for clients that accept it.
enum ResponseCompression {
    /// The minimum body size, in bytes: a smaller body fits in one packet anyway.
    static let minimumSize = 1024

    /// True for a response that would be compressed for a client that accepts it.
    ///
    /// Not compressed are small, already compressed, encoded and partial bodies, and those with a strong `ETag`, which
    /// identifies the exact bytes and may return in `If-Match`.
    static func isWorthwhile(_ response: RestResponse) -> Bool {
        guard response.writer != nil || response.body.count >= minimumSize else { return false }
        guard response.status >= 200, ![204, 206, 304].contains(response.status) else { return false }
        var isCompressible = false
        for (name, value) in response.headers {
            switch name.asciiLowercased {
            case "content-type": isCompressible = isText(value)
            case "content-encoding", "content-range", "content-md5", "content-digest", "repr-digest", "digest":
                return false
            case "accept-ranges" where !value.trimmed.isSame(ignoringCase: "none"): return false
            case "etag" where !value.trimmed.begins(with: "W/"): return false
            case "cache-control" where value.asciiLowercased.contains(text: "no-transform"): return false
            default: break
            }
        }
        return isCompressible
    }

    /// True if `Accept-Encoding` allows gzip with at least the weight of `identity`.
    static func accepts(_ field: String?) -> Bool {
        var (gzip, any, identity): (Double?, Double?, Double?)
        for part in (field ?? "").parts(separatedBy: ",", omittingEmpty: true) {
            let parts = part.parts(separatedBy: ";").map { $0.trimmed.asciiLowercased }
            let weight = parts.dropFirst().first { $0.begins(with: "q=") }.map { text in
                Double(String(text.unicodeScalars.dropFirst(2))).flatMap { (0...1).contains($0) ? $0 : nil } ?? 0
            }
            switch parts.first {
            case "gzip", "x-gzip": gzip = weight ?? 1
            case "*": any = weight ?? 1
            case "identity": identity = weight ?? 1
            default: break
            }
        }
        let weight = gzip ?? any ?? 0
        return weight > 0 && weight >= identity ?? 0
    }

    /// Compresses the body of a response if that makes it smaller. A streamed body is compressed and sent chunk by
    /// chunk.
    static func compress(_ response: inout RestResponse) async {
        if let writer = response.writer {
            response.writer = { send in
                let stream = try makeStream()
                try await writer { piece in try await run(stream, piece, .sync, send) }
                try await run(stream, [], .end, send)
            }
        } else {
            var bytes: [UInt8] = []
            do {
                let stream = try makeStream()
                try await run(stream, response.body, .end) { bytes += $0 }
            } catch {
                // If memory is exhausted, the body stays uncompressed.
                return
            }
            guard bytes.count < response.body.count else { return }
            response.body = bytes
        }
        response.headers.removeAll { HeaderFields.isSame($0.name, "Content-Length") }
        response.headers.append(("Content-Encoding", "gzip"))
    }

    /// Adds `Accept-Encoding` to the `Vary` field.
    static func vary(_ response: inout RestResponse) {
        let known = response.headers.filter { HeaderFields.isSame($0.name, "Vary") }
            .flatMap { $0.value.parts(separatedBy: ",").map { $0.trimmed.asciiLowercased } }
        guard !known.contains(sameAs: "accept-encoding"), !known.contains(sameAs: "*") else { return }
        response.headers.append(("Vary", "Accept-Encoding"))
    }

    // MARK: - Internal

    private static func makeStream() throws(ApplicationError) -> ZlibStream {
        if let stream = ZlibStream.compressing() { return stream }
        throw .invalidState(code: "OVERLOADED", "There is no memory to compress the response").withStatus(503)
    }

    /// Compresses a chunk.
    private static func run(
        _ stream: ZlibStream, _ piece: [UInt8], _ flush: ZlibStream.Flush, _ send: ([UInt8]) async throws -> Void
    ) async throws {
        // Nothing to send for an empty chunk.
        if piece.isEmpty, flush == .sync { return }
        var (offset, steps) = (0, 0)
        while true {
            let step = stream.step(piece, from: &offset, flush)
            if !step.output.isEmpty { try await send(step.output) }
            // A full output buffer may mean that more output follows.
            if step.isEnd || offset == piece.count && step.output.count < ZlibStream.pieceSize { return }
            steps += 1
            if steps.isMultiple(of: 16) { await Task.yield() }
        }
    }

    private static func isText(_ field: String) -> Bool {
        let type = field.prefix(upTo: ";").trimmed.asciiLowercased
        if type.begins(with: "text/") { return type != "text/event-stream" }
        return types.contains(ScalarText(type)) || ["+json", "+xml", "+yaml"].contains { type.ends(with: $0) }
    }

    private static let types: Set<ScalarText> = [
        "application/json", "application/xml", "application/javascript", "application/x-javascript",
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/yaml", "application/x-yaml",
        "application/graphql", "application/x-www-form-urlencoded", "application/wasm", "image/svg+xml", "image/bmp",
        "font/ttf", "font/otf",
    ]
}
