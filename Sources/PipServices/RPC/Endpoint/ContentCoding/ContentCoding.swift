/// A content coding that endpoints accept in requests.
enum ContentCoding: Sendable {
    case gzip
    /// The zlib format.
    case deflate

    /// The `Accept-Encoding` value of a response that rejects a coding.
    static let accepted = "gzip, deflate"

    /// Parses the field `Content-Encoding`.
    /// - Returns: nil if the content is not encoded.
    /// - Throws: BadRequest `UNSUPPORTED_CODING` with status 415 for any other coding or a list of codings.
    static func read(_ field: String) throws(ApplicationError) -> ContentCoding? {
        let names = field.parts(separatedBy: ",").map { $0.trimmed.asciiLowercased }
            .filter { !$0.isEmpty && $0 != "identity" }
        guard let name = names.first else { return nil }
        switch name {
        case "gzip" where names.count == 1, "x-gzip" where names.count == 1: return .gzip
        case "deflate" where names.count == 1: return .deflate
        default:
            throw .badRequest(
                code: "UNSUPPORTED_CODING",
                "The content coding of the request's body is not supported; expected one of \(accepted)",
                details: ["coding": .string(names.joined(separator: ", "))]
            ).withStatus(415)
        }
    }
}

/// Decompresses the body of a request chunk by chunk. Not for concurrent use.
final class ContentDecoder {
    private let coding: ContentCoding
    private let stream: ZlibStream
    private let maxInput: Int
    private let limit: Int
    private var input = 0
    private var isEnd = false
    private var steps = 0

    /// - Parameter limit: the maximum size of the decompressed body, in bytes. Compressed data that exceed it are
    ///   refused too.
    /// - Throws: InvalidState `OVERLOADED` with status 503 if memory is exhausted.
    init(_ coding: ContentCoding, limit: Int) throws(ApplicationError) {
        guard let stream = ZlibStream.decompressing(coding) else {
            throw .invalidState(code: "OVERLOADED", "There is no memory to decompress the request's body")
                .withStatus(503)
        }
        self.coding = coding
        self.stream = stream
        self.limit = limit
        // Incompressible data grow by less than 1 %.
        maxInput = min(limit, .max / 2) + min(limit, .max / 2) / 100 + 1024
    }

    /// Decompresses a chunk.
    /// - Parameter take: receives the output in small chunks.
    /// - Throws: BadRequest `BROKEN_BODY` for malformed data; BadRequest `REQUEST_TOO_LARGE` with status 413; errors of
    ///   `take`.
    func decode(_ piece: [UInt8], _ take: ([UInt8]) async throws -> Void) async throws {
        input += piece.count
        guard input <= maxInput else { throw RestBody.tooLarge(limit: limit) }
        var offset = 0
        while true {
            if isEnd {
                guard offset < piece.count else { return }
                // gzip data may consist of several members.
                guard coding == .gzip else { throw broken }
                stream.reset()
                isEnd = false
            }
            let before = offset
            let step = stream.step(piece, from: &offset)
            guard !step.isBroken else { throw broken }
            isEnd = step.isEnd
            if !step.output.isEmpty { try await take(step.output) }
            // Without output, zlib needs more input.
            if !isEnd, offset == before || offset == piece.count, step.output.count < ZlibStream.pieceSize { return }
            steps += 1
            if steps.isMultiple(of: 16) { await Task.yield() }
        }
    }

    /// Checks that the data are complete. No data at all is an empty body.
    /// - Throws: BadRequest `BROKEN_BODY`.
    func finish() throws(ApplicationError) {
        guard isEnd || input == 0 else { throw broken }
    }

    private var broken: ApplicationError {
        .badRequest(
            code: "BROKEN_BODY",
            "The request's body is incomplete, or is not in the format \(coding == .gzip ? "gzip" : "zlib")")
    }
}
