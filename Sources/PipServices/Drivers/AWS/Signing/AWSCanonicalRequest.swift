#if PIP_AWS
internal import Crypto
import FoundationEssentials

/// The parts of a URL in canonical form.
struct AWSCanonicalURL {
    /// The host and port as sent.
    let host: String
    let path: String
    let query: String

    /// - Parameter isS3: true for paths of S3, which are signed unchanged.
    /// - Throws: BadRequest `BAD_URL`.
    init(_ url: String, isS3: Bool) throws(ApplicationError) {
        guard let (scheme, rest) = ConnectionURI.divided(protocol: url.prefix(upTo: "#")) else { throw Self.bad(url) }
        let authority = rest.prefix(upTo: "/", "?")
        let server = authority.divided(atLast: "@")?.after ?? authority
        guard !server.isEmpty else { throw Self.bad(url) }
        let port = scheme.asciiLowercased == "https" ? ":443" : ":80"
        let name = server.asciiLowercased
        host = name.ends(with: port) ? String(name.utf8.dropLast(port.utf8.count)) ?? name : name
        let target = Substring(rest.unicodeScalars[authority.endIndex...])
        let sent = target.prefix(upTo: "?")
        path = isS3 ? Self.path(sent) : Self.normalized(sent)
        query = Self.query(target.unicodeScalars[sent.endIndex...].dropFirst())
    }

    // MARK: - Internal

    private static func bad(_ url: String) -> ApplicationError {
        .badRequest(
            code: "BAD_URL", "The URL \(HTTPFailure.place(of: url)) can't be signed; expected https://host/path")
    }

    private static func path(_ path: Substring) -> String {
        guard !path.isEmpty else { return "/" }
        return path.parts(separatedBy: "/").map { AWSText.encoded(PercentCoding.decode($0)) }.joined(separator: "/")
    }

    /// Removes dot segments and empty segments, and encodes the path once more.
    private static func normalized(_ path: Substring) -> String {
        if path.isEmpty || path.isSame(as: "/") { return "/" }
        var segments: [Substring] = []
        for segment in path.parts(separatedBy: "/", omittingEmpty: true) where !segment.isSame(as: ".") {
            if segment.isSame(as: "..") { _ = segments.popLast() } else { segments.append(segment) }
        }
        let joined = segments.map { "/" + AWSText.encoded(String($0)) }.joined()
        return joined.isEmpty ? "/" : path.utf8.last == UInt8(ascii: "/") ? joined + "/" : joined
    }

    private static func query(_ query: Substring.UnicodeScalarView) -> String {
        guard !query.isEmpty else { return "" }
        let pairs = Substring(query).parts(separatedBy: "&", omittingEmpty: true).map { part in
            let (name, value) = part.divided(atFirst: "=") ?? (part, "")
            return [name, value].map { AWSText.encoded(PercentCoding.decode($0, plusIsBlank: true)) }
        }
        // Sorted by bytes, names first.
        let sorted = pairs.sorted { left, right in
            left[0].isSame(as: right[0])
                ? ScalarText(left[1]) < ScalarText(right[1]) : ScalarText(left[0]) < ScalarText(right[0])
        }
        return sorted.map { "\($0[0])=\($0[1])" }.joined(separator: "&")
    }
}

/// Header fields in canonical form.
struct AWSCanonicalHeaders {
    /// One line for each field, each with a line end.
    let text: String
    /// The names, separated by `;`.
    let names: String

    init(_ headers: HeaderFields, host: String) {
        var fields: [(name: String, values: [String])] = [("host", [host])]
        for (name, value) in headers {
            let name = name.asciiLowercased
            guard !Self.unsigned.contains(ScalarText(name)) else { continue }
            let value = Self.collapsed(value)
            if let index = fields.firstIndex(where: { $0.name.isSame(as: name) }) {
                if !name.isSame(as: "host") { fields[index].values.append(value) }
            } else {
                fields.append((name, [value]))
            }
        }
        fields.sort { ScalarText($0.name) < ScalarText($1.name) }
        text = fields.map { "\($0.name):\($0.values.joined(separator: ","))\n" }.joined()
        names = fields.map(\.name).joined(separator: ";")
    }

    // MARK: - Internal

    /// Fields that proxies and connectors add or change.
    private static let unsigned: Set<ScalarText> = [
        "authorization", "user-agent", "connection", "expect", "transfer-encoding", "accept-encoding", "content-length",
        "x-amzn-trace-id", "traceparent", "tracestate",
    ]

    private static func collapsed(_ value: String) -> String {
        value.utf8.contains(UInt8(ascii: " "))
            ? value.parts(separatedBy: " ", omittingEmpty: true).joined(separator: " ").trimmed : value.trimmed
    }
}

/// A time in the format of AWS: `20150830T123600Z`.
struct AWSTimestamp {
    let text: String

    init(_ time: Date) {
        // `2015-08-30T12:36:00.000Z`
        let digits = ISODate.format(time).utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
        text = String(decoding: digits.prefix(15), as: UTF8.self) + "Z"
    }

    var day: String { String(decoding: text.utf8.prefix(8), as: UTF8.self) }
}

/// Encodings and hashes for signatures.
enum AWSText {
    /// Escapes everything except letters, digits and `-._~`.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), upper[Int(byte >> 4)], upper[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns the SHA-256 of bytes in hexadecimal.
    static func hash(_ bytes: [UInt8]) -> String { hex(Crypto.SHA256.hash(data: bytes)) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes { digits += [lower[Int(byte >> 4)], lower[Int(byte & 15)]] }
        return String(decoding: digits, as: UTF8.self)
    }

    private static let upper = Array("0123456789ABCDEF".utf8)
    private static let lower = Array("0123456789abcdef".utf8)
}
#endif
