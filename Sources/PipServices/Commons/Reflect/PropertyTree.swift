/// A mutable form of a dynamic value for many writes.
///
/// A case-insensitive search scans all names, so repeated writes to one value would take quadratic time. This type
/// expands a map or an array at its first write, and indexes its names.
final class PropertyTree {
    private enum Content {
        case leaf(AnyValue)
        case map(Names)
        case array([PropertyTree])
    }

    private struct Names {
        var members: [(name: String, tree: PropertyTree)] = []
        var exact: [ScalarText: Int] = [:]
        var folded: [ScalarText: Int] = [:]

        func find(_ name: String) -> PropertyTree? {
            (exact[ScalarText(name)] ?? folded[ScalarText(folding: name)]).map { members[$0].tree }
        }

        mutating func add(_ name: String, _ tree: PropertyTree) {
            exact[ScalarText(name)] = members.count
            let folded = ScalarText(folding: name)
            if self.folded[folded] == nil { self.folded[folded] = members.count }
            members.append((name, tree))
        }
    }

    private var content: Content

    init(_ value: AnyValue) { content = .leaf(value) }

    /// The value with all writes applied.
    var value: AnyValue {
        switch content {
        case .leaf(let value): return value
        case .array(let trees): return .array(trees.map(\.value))
        case .map(let names):
            var map = AnyValueMap()
            map.reserveCapacity(names.members.count)
            for (name, tree) in names.members { map[name] = tree.value }
            return .map(map)
        }
    }

    /// Sets the value at a path; returns false if the value has no place for it.
    ///
    /// - Parameter maxGap: the maximum distance of an index past the end of an array.
    /// - Throws: BadRequest `INDEX_TOO_LARGE`.
    func set(
        _ path: ArraySlice<String>, _ value: AnyValue, maxGap: Int = [AnyValue].maxGap
    ) throws(ApplicationError) -> Bool {
        guard let name = path.first else {
            content = .leaf(value)
            return true
        }
        // Nothing is created until the path is known to be valid, so that a failed write changes nothing.
        if case .leaf(.null) = content { content = .leaf(Self.container(for: name)) }
        guard let member = try member(name, maxGap) else { return false }
        return try member.set(path.dropFirst(), value, maxGap: maxGap)
    }

    /// Sets the member of a map with exactly that name.
    func put(_ name: String, _ value: AnyValue) {
        expand()
        guard case .map(var names) = content else { return }
        content = .leaf(.null)
        if let index = names.exact[ScalarText(name)] {
            names.members[index].tree.content = .leaf(value)
        } else {
            names.add(name, PropertyTree(value))
        }
        content = .map(names)
    }

    /// Sets all leaves of a value at their paths. Missing containers are created with the type that they have in the
    /// source: a map stays a map, even if its names are integers.
    /// - Throws: BadRequest `TOO_DEEP` or `INDEX_TOO_LARGE`.
    func copy(_ source: AnyValue) throws(ApplicationError) { try copy(source, depth: 0) }

    // MARK: - Internal

    private func copy(_ source: AnyValue, depth: Int) throws(ApplicationError) {
        switch source {
        case .map(let map) where !map.isEmpty && depth < PropertyPath.maxDepth:
            if case .leaf(.null) = content { content = .leaf([:]) }
            for (name, value) in map {
                // A name with dots is itself a path.
                let path = name.contains(scalar: ".") ? try PropertyPath.parts(name) : [name]
                guard depth + path.count <= PropertyPath.maxDepth else {
                    throw .badRequest(code: "TOO_DEEP", "A path has more than \(PropertyPath.maxDepth) parts")
                }
                try descend(path[...])?.copy(value, depth: depth + path.count)
            }
        case .array(let values) where !values.isEmpty && depth < PropertyPath.maxDepth:
            if case .leaf(.null) = content { content = .leaf([]) }
            for (index, value) in values.enumerated() {
                try descend([String(index)], of: values.count)?.copy(value, depth: depth + 1)
            }
        default:
            // The root has no path, so a single value changes nothing.
            if depth > 0 { content = .leaf(source) }
        }
    }

    private func descend(_ path: ArraySlice<String>, of count: Int = 0) throws(ApplicationError) -> PropertyTree? {
        guard let name = path.first else { return self }
        if case .leaf(.null) = content { content = .leaf(Self.container(for: name)) }
        // The write is no larger than the source, however far the array grows.
        return try member(name, max(count, [AnyValue].maxGap))?.descend(path.dropFirst())
    }

    private static func container(for name: String) -> AnyValue { PropertyPath.index(name) == nil ? [:] : [] }

    /// Returns the member with a name, adding it if needed; nil if the value has no place for it.
    private func member(_ name: String, _ maxGap: Int) throws(ApplicationError) -> PropertyTree? {
        expand()
        switch content {
        case .leaf: return nil
        case .map(var names):
            if let member = names.find(name) { return member }
            // Releases the only other copy, so that the tables grow in place.
            content = .leaf(.null)
            let member = PropertyTree(.null)
            names.add(name, member)
            content = .map(names)
            return member
        case .array(var trees):
            guard let index = PropertyPath.index(name) else { return nil }
            if index < trees.count { return trees[index] }
            guard index - trees.count <= maxGap else {
                throw .badRequest(
                    code: "INDEX_TOO_LARGE", "An index is more than \(maxGap) past the end of its array")
            }
            content = .leaf(.null)
            while trees.count <= index { trees.append(PropertyTree(.null)) }
            content = .array(trees)
            return trees[index]
        }
    }

    /// Expands a map or an array by one level.
    private func expand() {
        switch content {
        case .leaf(.map(let map)):
            var names = Names()
            names.members.reserveCapacity(map.count)
            for (name, value) in map { names.add(name, PropertyTree(value)) }
            content = .map(names)
        case .leaf(.array(let values)): content = .array(values.map { PropertyTree($0) })
        default: break
        }
    }
}
