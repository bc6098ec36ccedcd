/// The origin of a request, from the connection and the header fields of trusted proxies.
///
/// The client is the rightmost address in `X-Forwarded-For` or `Forwarded` that is not a trusted proxy. Each proxy
/// appends its peer's address, so everything further left may be forged. A client may also forge the field that the
/// proxies do not use: if both fields are present and disagree, both are ignored.
struct ClientOrigin: Sendable {
    /// The client's address without the port; nil without a connection.
    private(set) var address: String?
    /// `http` or `https`, as the client called the first trusted proxy; nil if not reported.
    private(set) var scheme: String?
    /// The requested host, with the port if given; nil if no proxy reports it.
    private(set) var host: String?

    init(_ request: RestRequest) {
        address = request.remoteAddress
        let proxies = request.trustedProxies
        guard !proxies.isEmpty, let peer = address, Self.isTrusted(peer, proxies) else { return }
        let listed = Self.list(request.headers["x-forwarded-for"])
        let elements = Self.elements(request.headers["forwarded"])
        let byList = Self.client(peer, listed, proxies)
        let byElements = Self.client(peer, elements.map { $0["for"] ?? "" }, proxies)
        if !listed.isEmpty, !elements.isEmpty {
            guard IPAddress(byList.address) == IPAddress(byElements.address) else { return }
        }
        let found = listed.isEmpty ? byElements : byList
        address = found.address
        let element = byElements.index.map { elements[$0] } ?? elements.last
        func value(_ field: String, _ name: String) -> String? {
            let values = Self.list(request.headers[field])
            let isAligned = values.count == listed.count
            let value =
                byList.index.flatMap { isAligned ? values[$0] : nil } ?? values.last ?? element?[ScalarText(name)]
            return value.flatMap { $0.isEmpty ? nil : $0 }
        }
        host = value("x-forwarded-host", "host")
        scheme = value("x-forwarded-proto", "proto")?.asciiLowercased
        if scheme != "http", scheme != "https" { scheme = nil }
    }

    // MARK: - Internal

    private static func isTrusted(_ text: String, _ proxies: [AddressRange]) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return proxies.contains { $0.contains(address) }
    }

    /// Returns the rightmost untrusted address and its position, or the peer if there is none. An invalid entry ends
    /// the search.
    private static func client(
        _ peer: String, _ hops: [String], _ proxies: [AddressRange]
    ) -> (address: String, index: Int?) {
        var found: (address: String, index: Int?) = (peer, nil)
        for index in hops.indices.reversed() {
            guard isTrusted(found.address, proxies),
                let host = HTTPRequestDetector.authority(hops[index]).host, IPAddress(host) != nil
            else { break }
            found = (host, index)
        }
        return found
    }

    private static func list(_ field: String?) -> [String] {
        guard let field else { return [] }
        return field.parts(separatedBy: ",").map(\.trimmed)
    }

    /// The elements of `Forwarded` (RFC 7239), as dictionaries with lowercase names.
    private static func elements(_ field: String?) -> [[ScalarText: String]] {
        guard let field else { return [] }
        return split(field, at: ",").map { element in
            var values: [ScalarText: String] = [:]
            for pair in split(element, at: ";") {
                guard let (name, text) = pair.divided(atFirst: "=") else { continue }
                var value = text.trimmed
                if value.unicodeScalars.first == "\"", value.unicodeScalars.last == "\"", value.utf8.count >= 2 {
                    value = String(value.unicodeScalars.dropFirst().dropLast().filter { $0 != "\\" })
                }
                values[ScalarText(name.trimmed.asciiLowercased)] = value
            }
            return values
        }
    }

    /// Splits at separators outside of quotes.
    private static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
        var parts = [""]
        var isQuoted = false
        for scalar in text.unicodeScalars {
            if scalar == "\"" { isQuoted.toggle() }
            if scalar == separator, !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].unicodeScalars.append(scalar)
            }
        }
        return parts
    }
}
