import FoundationEssentials

/// Identity tokens of a service account, as the metadata server of Google Cloud issues them to what runs there.
///
/// A token is kept until five minutes before it expires. Calls that wait for a new one share one request.
final class GCPIdentityTokens: Component {
    private let host = Setting(
        "options.metadata_host", default: "metadata.google.internal",
        "Host and port of the metadata server, which issues identity tokens")
    private let slot = HTTPConnectorSlot()
    private let clock = ClockSlot()
    private let known = Locked<[ScalarText: State]>([:])

    private enum State {
        case token(String, until: Duration)
        case reading(Task<String, any Error>)
    }

    /// How long the metadata server may take. It is on the same machine.
    private static let timeout = Duration.seconds(5)
    private static let maximumSize = 65_536
    /// How long before its end a token is renewed.
    private static let margin = Duration.seconds(300)

    /// A token for calls to an address.
    ///
    /// - Parameters:
    ///   - account: the service account; `default` for that of the process.
    ///   - audience: the address of what is called.
    /// - Throws: NoResponse errors where there is no metadata server or it answers no token; Misconfiguration `BAD_URI`.
    func token(_ context: Context, account: String, audience: String) async throws -> String {
        let key = ScalarText("\(account) \(audience)")
        let now = clock.uptime
        let state = known.withLock { states -> State in
            switch states[key] {
            case .token(let token, let end)? where now < end: return .token(token, until: end)
            case .reading(let task)?: return .reading(task)
            default: break
            }
            // Neither the end nor the deadline of the call that comes first has a say in it.
            let context = Context(traceId: context.traceId)
            let task = Task.detached { [self] in
                do {
                    let token = try await read(context, account: account, audience: audience)
                    let end = clock.uptime + lifetime(token)
                    known.withLock { $0[key] = .token(token, until: end) }
                    return token
                } catch {
                    known.withLock { $0[key] = nil }
                    throw error
                }
            }
            states[key] = .reading(task)
            return .reading(task)
        }
        switch state {
        case .token(let token, _): return token
        case .reading(let task): return try await task.value
        }
    }

    /// Forgets all tokens: one was refused.
    func clear() {
        known.withLock { known in
            known = known.filter { if case .reading = $0.value { true } else { false } }
        }
    }

    // MARK: - Internal

    private func read(_ context: Context, account: String, audience: String) async throws -> String {
        let url =
            "http://\(host())/computeMetadata/v1/instance/service-accounts/\(PercentCoding.encode(account))/identity"
            + "?audience=\(PercentCoding.encode(audience))&format=full"
        let request = HTTPClientRequest(
            .get, url, headers: [("Metadata-Flavor", "Google")], connectTimeout: Self.timeout, timeout: Self.timeout,
            maxResponseSize: Self.maximumSize)
        let response = try await slot.connector(for: url).send(context, request)
        let bytes = try await response.body.collect(upTo: Self.maximumSize)
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        guard response.status == 200, !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            // Of the answer only the status: it may be a token.
            throw HTTPFailure.error(
                HTTPFailure.badResponse, "the metadata server issued no identity token for the account '\(account)'",
                context, request, reason: "status \(response.status)")
        }
        return token
    }

    /// How long a token may be used: its claim `exp` less a margin; a minute where there is none.
    private func lifetime(_ token: String) -> Duration {
        let parts = token.parts(separatedBy: ".")
        guard parts.count == 3, let claims = Self.decode(parts[1]),
            let expiry = (try? JSONParser.parse(claims))?.map?.getAsNullableDouble("exp"), expiry.isFinite
        else { return .seconds(60) }
        let left = min(max(expiry - clock.now.timeIntervalSince1970, 0), 86_400)
        return max(.seconds(left) - Self.margin, .zero)
    }

    /// Bytes in the alphabet of Base64 for URLs, without padding.
    private static func decode(_ text: Substring) -> [UInt8]? {
        var base64 = String(text).replacing(text: "-", with: "+").replacing(text: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64).map { Array($0) }
    }
}
