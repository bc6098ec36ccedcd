#if PIP_AZURE
/// The secrets of an Azure Key Vault.
final class KeyVaultSecrets: Component {
    private let vault = Setting<String?>(
        "connection.key_vault", default: nil,
        "The name of the vault, or its address, instead of `connection.uri`")
    let client: AzureClient

    init(_ client: AzureClient = AzureClient(.vault)) { self.client = client }

    /// Returns the value of a secret; nil if there is none.
    func read(_ context: Context, _ name: String) async throws -> String? {
        do {
            return try await client.call(context, request("Get Secret", .get, "/secrets/\(name)"))["value"]?.string
        } catch let error as ApplicationError where Self.isMissing(error) {
            return nil
        }
    }

    /// Sets the value of a secret. A deleted secret is recovered first.
    func write(_ context: Context, _ name: String, _ text: String) async throws {
        var set = request("Set Secret", .put, "/secrets/\(name)")
        set.headers = [("Content-Type", "application/json")]
        set.body = JSONWriter.bytes(of: ["value": .string(text)])
        let (clock, policy) = (client.resilience.clockSource, client.resilience.retryPolicy)
        for attempt in 0... {
            do {
                _ = try await client.send(context, set)
                return
            } catch let error as ApplicationError where error.code == "CONFLICT" && attempt < Self.attempts {
                // The name of a deleted secret is reserved until the secret is recovered, which takes a moment.
                if error.azureCode == "ObjectIsDeletedButRecoverable" { try await recover(context, name) }
                try await clock.sleep(
                    for: max(policy.pause(before: attempt, client.resilience.randomSource), .milliseconds(1)))
            }
        }
    }

    /// Deletes a secret. Does nothing if there is none.
    func delete(_ context: Context, _ name: String) async throws {
        do {
            _ = try await client.send(context, request("Delete Secret", .delete, "/secrets/\(name)"))
        } catch let error as ApplicationError where Self.isMissing(error) {}
    }

    /// Returns the names of all enabled secrets.
    func names(_ context: Context) async throws -> [String] {
        var (names, page): ([String], AzureRequest?) = ([], request("Get Secrets", .get, "/secrets"))
        page?.query.append(("maxresults", "25"))
        for _ in 0..<Self.maxPages {
            guard let present = page else { return names }
            let found = try await client.call(context, present)
            for item in found["value"]?.array ?? [] where item["attributes"]?["enabled"]?.getAsBoolean() ?? true {
                if let name = item["id"]?.string?.divided(atLast: "/")?.after { names.append(String(name)) }
            }
            page = try nextPage(context, found["nextLink"]?.string, after: present)
        }
        guard page == nil else { throw client.badResponse(context, "Get Secrets") }
        return names
    }

    // MARK: - Internal

    private static let version = "7.4"
    /// The maximum number of attempts to set a secret during its recovery.
    private static let attempts = 8
    private static let maxPages = 400

    private func request(_ operation: String, _ method: HTTPMethod, _ path: String) -> AzureRequest {
        AzureRequest(operation, method, path, query: [("api-version", Self.version)])
    }

    private func recover(_ context: Context, _ name: String) async throws {
        do {
            _ = try await client.send(
                context, request("Recover Deleted Secret", .post, "/deletedsecrets/\(name)/recover"))
        } catch let error as ApplicationError where Self.isMissing(error) || error.code == "CONFLICT" {}
    }

    /// Returns the request for the next page. Only the query of the link is used, so that the token is never sent to
    /// another host.
    private func nextPage(
        _ context: Context, _ link: String?, after present: AzureRequest
    ) throws(ApplicationError) -> AzureRequest? {
        guard let link, !link.isEmpty else { return nil }
        var next = request("Get Secrets", .get, "/secrets")
        let query = link.divided(atFirst: "?")?.after ?? ""
        next.query = query.parts(separatedBy: "&", omittingEmpty: true).map { part in
            let (name, value) = part.divided(atFirst: "=") ?? (part, "")
            return (PercentCoding.decode(name), PercentCoding.decode(value))
        }
        guard
            !next.query.elementsEqual(
                present.query, by: { $0.name.isSame(as: $1.name) && $0.value.isSame(as: $1.value) })
        else { throw client.badResponse(context, "Get Secrets") }
        return next
    }

    private static func isMissing(_ error: ApplicationError) -> Bool { error.code == "NOT_FOUND" }
}
#endif
