/// Reads the properties of a dynamic value at all levels, by paths such as `a.b.0.c` (the toolkit's
/// `RecursiveObjectReader`).
///
/// Names are case-insensitive; an exact match is preferred. Listings contain only leaves: single values, and empty maps
/// and arrays. A map or array more than 100 levels deep, or with a path of more than 1,000 bytes, is listed as a leaf.
public enum RecursiveObjectReader {
    /// Returns true if a property exists at the path, even if it is `.null`.
    public static func hasProperty(_ object: AnyValue, _ path: String) -> Bool { getProperty(object, path) != .none }

    /// Returns the value at the path, or nil. A name that contains dots can't be reached.
    public static func getProperty(_ object: AnyValue, _ path: String) -> AnyValue? {
        var current = object
        for name in path.parts(separatedBy: ".") {
            guard let next = ObjectReader.getProperty(current, String(name)) else { return .none }
            current = next
        }
        return current
    }

    /// Returns the paths of all leaves, in order.
    public static func getPropertyNames(_ object: AnyValue) -> [String] { getProperties(object).keys }

    /// Returns all leaves by their paths, in order. Empty for a single value.
    public static func getProperties(_ object: AnyValue) -> AnyValueMap {
        var leaves = AnyValueMap()
        collect(object, path: "", depth: 0, into: &leaves)
        return leaves
    }

    // MARK: - Internal

    private static func collect(_ value: AnyValue, path: String, depth: Int, into leaves: inout AnyValueMap) {
        func descend(_ name: String, _ member: AnyValue, _ leaves: inout AnyValueMap) {
            collect(member, path: depth == 0 ? name : "\(path).\(name)", depth: depth + 1, into: &leaves)
        }
        let goesOn = depth < PropertyPath.maxDepth && path.utf8.count <= PropertyPath.maxLength
        switch value {
        case .map(let map) where goesOn && !map.isEmpty:
            for (name, member) in map { descend(name, member, &leaves) }
        case .array(let members) where goesOn && !members.isEmpty:
            for (index, member) in members.enumerated() { descend(String(index), member, &leaves) }
        default:
            if depth > 0 { leaves[path] = value }
        }
    }
}
