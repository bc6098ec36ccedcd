#if PIP_GRPC
internal import GRPCCore

/// The parts of a call that are known before its first message: the context, and the request for authenticators and
/// authorizers.
struct GRPCCall: Sendable {
    var context: Context
    var request: RestRequest

    init(path: String, _ metadata: Metadata, _ server: ServerContext, isSecure: Bool, clock: ClockSlot) {
        let fields = HeaderFields(
            find: { name in
                let values = Array(metadata[stringValues: name])
                return values.isEmpty ? nil : values.joined(separator: ", ")
            },
            list: { metadata.map { ($0.key, $0.value.encoded()) } })
        request = RestRequest(.post, path, headers: fields)
        request.connection = {
            RestConnection(
                remoteAddress: Self.address(server.remotePeer), localAddress: Self.address(server.localPeer),
                isSecure: isSecure, host: nil)
        }
        context = Context(traceId: request.traceId)
        if let parent = request.traceParent { context.traceParent = parent }
        if let timeout = metadata[stringValues: Self.timeoutField].first(where: { _ in true }).flatMap(Self.timeout) {
            context.deadline = clock.uptime.adding(timeout: timeout)
        }
    }

    /// The field with the timeout of a call after ``withoutTimer(_:)``.
    private static let timeoutField = "pip-grpc-timeout"

    /// Renames the field with which grpc-swift limits the time of a call. The endpoint limits the time instead, by the
    /// service's clock and for any timeout that a client can send.
    static func withoutTimer(_ metadata: Metadata) -> Metadata {
        var metadata = metadata
        metadata.removeAllValues(forKey: timeoutField)
        guard let timeout = metadata[stringValues: "grpc-timeout"].first(where: { _ in true }) else { return metadata }
        metadata.removeAllValues(forKey: "grpc-timeout")
        metadata.addString(timeout, forKey: timeoutField)
        return metadata
    }

    /// Parses a timeout in the format of gRPC: at most 8 digits and a unit.
    static func timeout(_ text: String) -> Duration? {
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...8).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return switch unit {
        case UInt8(ascii: "H"): .seconds(number * 3600)
        case UInt8(ascii: "M"): .seconds(number * 60)
        case UInt8(ascii: "S"): .seconds(number)
        case UInt8(ascii: "m"): .milliseconds(number)
        case UInt8(ascii: "u"): .microseconds(number)
        case UInt8(ascii: "n"): .nanoseconds(number)
        default: nil
        }
    }

    // MARK: - Internal

    /// Returns the address in the name of a peer: `ipv4:127.0.0.1:3000`, `ipv6:[::1]:3000`.
    private static func address(_ peer: String) -> String? {
        guard let (family, rest) = peer.divided(atFirst: ":"), family.isSame(as: "ipv4") || family.isSame(as: "ipv6"),
            let (host, _) = rest.divided(atLast: ":")
        else { return nil }
        return String(host.unicodeScalars.filter { $0 != "[" && $0 != "]" })
    }
}
#endif
