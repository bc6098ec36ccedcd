/// Finds a component's credentials (the toolkit's `CredentialResolver`): those of its configuration, or those that a
/// ``CredentialStore`` of the service keeps under `store_key`.
///
/// A component that a component holds: `let credentials = CredentialResolver()`. It reads the sections
/// `credentials.<n>` of its owner, and where there are none of these `credential`.
public final class CredentialResolver: Component {
    private let section = OpenSection("credential", secret: true, "The credentials, or `store_key`")
    private let sections: PluralSection
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")
    private let added: Locked<[CredentialParams]>

    /// Creates a resolver; `credentials` come after those of the configuration.
    public init(_ credentials: [CredentialParams] = []) {
        added = Locked(credentials)
        sections = PluralSection(
            "credentials", singular: "credential", secret: true, "Several sections in the place of `credential`")
    }

    /// The credentials as they are configured and added, not looked up.
    public var all: [CredentialParams] { sections().map { CredentialParams($0) } + added.current }

    /// Adds credentials to those of the configuration.
    public func add(_ credential: CredentialParams) { added.withLock { $0.append(credential) } }

    /// The first credentials without a `store_key`; where all have one, the first that a store knows. Nil when there are
    /// none.
    /// - Throws: Internal `REF_ERROR` when a store is needed and the service has none; what the store throws.
    public func lookup(_ context: Context) async throws -> CredentialParams? {
        try await CredentialLookup.lookup(context, all, stores())
    }
}

// MARK: - Internal

/// Looks credentials up.
enum CredentialLookup {
    static func lookup(
        _ context: Context, _ credentials: [CredentialParams], _ stores: [any CredentialStore]
    ) async throws -> CredentialParams? {
        if let direct = credentials.first(where: { !$0.usesStore }) { return direct }
        for key in credentials.compactMap(\.storeKey) {
            guard !stores.isEmpty else {
                throw ApplicationError.missingReference(
                    "*:credential-store:*:*:*", for: "'store_key' is '\(key)'", context)
            }
            // The newest first, as references are looked up.
            for store in stores.reversed() {
                if let found = try await store.lookup(context, key) { return found }
            }
        }
        return nil
    }
}

extension ApplicationError {
    /// A reference that is required since the configuration says so.
    static func missingReference(_ locator: Locator, for reason: String, _ context: Context) -> ApplicationError {
        var error = missingReference(locator)
        error.message = "\(reason), but no component matches '\(locator)'"
        error.traceId = context.traceId
        return error
    }
}
