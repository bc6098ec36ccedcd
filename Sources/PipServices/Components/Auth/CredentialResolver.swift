/// Resolves a component's credentials (the toolkit's `CredentialResolver`): from its configuration, or from a
/// ``CredentialStore`` of the service by `store_key`.
///
/// Use it as a child component: `let credentials = CredentialResolver()`. It reads the sections `credentials.<n>` of
/// its owner, or `credential` if there are none.
public final class CredentialResolver: Component {
    private let section = OpenSection("credential", secret: true, "The credentials, or `store_key`")
    private let sections: PluralSection
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")
    private let added: Locked<[CredentialParams]>

    /// Creates a resolver. `credentials` are used after those of the configuration.
    public init(_ credentials: [CredentialParams] = []) {
        added = Locked(credentials)
        sections = PluralSection(
            "credentials", singular: "credential", secret: true, "Several sections instead of `credential`")
    }

    /// The configured and added credentials, before any look-up.
    public var all: [CredentialParams] { sections().map { CredentialParams($0) } + added.current }

    /// Adds credentials to those of the configuration.
    public func add(_ credential: CredentialParams) { added.withLock { $0.append(credential) } }

    /// Returns the first credentials without a `store_key`. If all have one, returns the first that a store contains,
    /// or nil.
    /// - Throws: Internal `REF_ERROR` if a store is needed and the service has none; the error of the store.
    public func lookup(_ context: Context) async throws -> CredentialParams? {
        try await CredentialLookup.lookup(context, all, stores())
    }
}

// MARK: - Internal

/// Looks up credentials.
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
            // Newest first, as in other look-ups of references.
            for store in stores.reversed() {
                if let found = try await store.lookup(context, key) { return found }
            }
        }
        return nil
    }
}

extension ApplicationError {
    /// Returns the error for a reference that the configuration requires.
    static func missingReference(_ locator: Locator, for reason: String, _ context: Context) -> ApplicationError {
        var error = missingReference(locator)
        error.message = "\(reason), but no component matches '\(locator)'"
        error.traceId = context.traceId
        return error
    }
}
