import FoundationEssentials

/// Provides identity tokens of a service account, issued by Google Cloud's metadata server.
///
/// A token is cached until five minutes before it expires. Concurrent calls share one request for a new token.
final class GCPIdentityTokens: Component {
    private let host = Setting(
        "options.metadata_host", default: "metadata.google.internal",
        "The host and port of the metadata server, which issues identity tokens")
    private let slot = HTTPConnectorSlot()
    private let clock = ClockSlot()
    private let known = Locked<[ScalarText: State]>([:])

    private enum State {
        case token(String, until: Duration)
        case reading(Task<String, any Error>)
    }

    /// The time limit for the metadata server, which runs on the same machine.
    private static let timeout = Duration.seconds(5)
    private static let maximumSize = 65_536
    /// The time before its expiration at which a token is renewed.
    private static let margin = Duration.seconds(300)

    /// Returns a token for calls to a URL.
    ///
    /// - Parameters:
    ///   - account: the service account; `default` for that of the process.
    ///   - audience: the URL to call.
    /// - Throws: NoResponse errors if there is no metadata server or it returns no token; Misconfiguration `BAD_URI`.
    func token(_ context: Context, account: String, audience: String) async throws -> String {
        let key = ScalarText("\(account) \(audience)")
        let now = clock.uptime
        let state = known.withLock { states -> State in
            switch states[key] {
            case .token(let token, let end)? where now < end: return .token(token, until: end)
            case .reading(let task)?: return .reading(task)
            default: break
            }
            // The request serves all calls: the first call's cancellation or deadline does not affect it.
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

    /// Drops all cached tokens after one was refused.
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
            // Only the status is shown: the response may be a token.
            throw HTTPFailure.error(
                HTTPFailure.badResponse, "the metadata server issued no identity token for the account '\(account)'",
                context, request, reason: "status \(response.status)")
        }
        return token
    }

    /// How long a token may be used: until its claim `exp` minus a margin; one minute without the claim.
    private func lifetime(_ token: String) -> Duration {
        let parts = token.parts(separatedBy: ".")
        guard parts.count == 3, let claims = Self.decode(parts[1]),
            let expiry = (try? JSONParser.parse(claims))?.map?.getAsNullableDouble("exp"), expiry.isFinite
        else { return .seconds(60) }
        let left = min(max(expiry - clock.now.timeIntervalSince1970, 0), 86_400)
        return max(.seconds(left) - Self.margin, .zero)
    }

    /// Decodes unpadded Base64url.
    private static func decode(_ text: Substring) -> [UInt8]? {
        var base64 = String(text).replacing(text: "-", with: "+").replacing(text: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64).map { Array($0) }
    }
}
