/// The versions of ``Versioned`` items.
enum ItemVersions {
    /// Returns the item with its initial version. An existing version is kept.
    static func first<Item>(_ item: Item) -> Item {
        guard var versioned = item as? any Versioned, versioned.version.isEmpty else { return item }
        versioned.version = "1"
        return versioned as? Item ?? item
    }

    /// Returns the item with the version that follows the stored one.
    /// - Throws: Conflict `VERSION_CONFLICT` if the versions differ.
    static func next<Item: StringIdentifiable>(
        _ item: Item, after stored: Item, _ context: Context, isChecked: Bool = true
    ) throws(ApplicationError) -> Item {
        guard var versioned = item as? any Versioned, let old = stored as? any Versioned else { return item }
        guard !isChecked || versioned.version.isSame(as: old.version) else {
            throw .conflict(
                code: "VERSION_CONFLICT",
                "The item '\(item.id)' was changed concurrently: it has version '\(old.version)' instead of "
                    + "'\(versioned.version)'; read it again",
                traceId: context.traceId,
                details: [
                    "id": .string(item.id), "version": .string(versioned.version), "stored": .string(old.version),
                ])
        }
        versioned.version = next(old.version)
        return versioned as? Item ?? item
    }

    private static func next(_ version: String) -> String {
        if let number = UInt64(version), number < .max { return String(number + 1) }
        return IdGenerator.nextLong()
    }
}
