/// Finds the route of a request. A value type: an endpoint replaces it when its routes change.
struct RestRouter: Sendable {
    /// A class, so that each lookup does not copy its parts.
    final class Entry: Sendable {
        let route: RestRoute
        /// The owner of the route, for its removal.
        let owner: ObjectIdentifier

        init(_ route: RestRoute, owner: ObjectIdentifier) {
            self.route = route
            self.owner = owner
        }
    }

    enum Match: Sendable {
        case found(Entry, [String: String])
        /// The path exists, but only for other methods.
        case otherMethods([String])
        case nothing
    }

    private(set) var entries: [Entry] = []
    /// Paths without parameters, the most frequent case, by path.
    private var fixed: [ScalarText: [Entry]] = [:]
    private var root = Node()

    private final class Node: Sendable {
        let children: [ScalarText: Node]
        let parameter: Node?
        let entries: [Entry]

        init(children: [ScalarText: Node] = [:], parameter: Node? = nil, entries: [Entry] = []) {
            self.children = children
            self.parameter = parameter
            self.entries = entries
        }

        func adding(_ entry: Entry, at path: ArraySlice<String>) -> Node {
            guard let part = path.first else {
                return Node(children: children, parameter: parameter, entries: entries + [entry])
            }
            let rest = path.dropFirst()
            if part.begins(with: ":") {
                let child = (parameter ?? Node()).adding(entry, at: rest)
                return Node(children: children, parameter: child, entries: entries)
            }
            var children = children
            // Paths are matched decoded.
            let name = ScalarText(PercentCoding.decode(part))
            children[name] = (children[name] ?? Node()).adding(entry, at: rest)
            return Node(children: children, parameter: parameter, entries: entries)
        }

        /// Returns the most specific route for a method: in each segment, a literal takes precedence over a parameter.
        func find(_ path: ArraySlice<String>, _ method: HTTPMethod) -> Entry? {
            guard let part = path.first else { return RestRouter.entry(entries, method) }
            let rest = path.dropFirst()
            return children[ScalarText(part)]?.find(rest, method) ?? parameter?.find(rest, method)
        }

        /// The methods of all routes that match a path.
        func methods(_ path: ArraySlice<String>) -> Set<HTTPMethod> {
            guard let part = path.first else { return Set(entries.map(\.route.method)) }
            let rest = path.dropFirst()
            return (children[ScalarText(part)]?.methods(rest) ?? []).union(parameter?.methods(rest) ?? [])
        }
    }

    mutating func add(_ routes: [RestRoute], owner: ObjectIdentifier) {
        for route in routes { insert(Entry(route, owner: owner)) }
    }

    mutating func remove(owner: ObjectIdentifier) {
        let left = entries.filter { $0.owner != owner }
        self = RestRouter()
        for entry in left { insert(entry) }
    }

    /// The methods of all routes.
    var methods: [String] { Set(entries.map(\.route.method.rawValue)).sorted() }

    /// - Parameter path: the path as received. Segments are compared decoded.
    func match(_ method: HTTPMethod, _ path: String) -> Match {
        if let entries = fixed[ScalarText(path)], let entry = Self.entry(entries, method) { return .found(entry, [:]) }
        // `*` is the target of `OPTIONS *`, which is not a path.
        guard !path.isSame(as: "*"), RestPath.isSafe(path) else { return .nothing }
        let parts = RestPath.parts(path)
        guard let entry = root.find(parts[...], method) else {
            let methods = root.methods(parts[...])
            return methods.isEmpty ? .nothing : .otherMethods(methods.map(\.rawValue).sorted())
        }
        var parameters: [String: String] = [:]
        for (name, value) in zip(Self.parts(entry.route.path), parts) where name.begins(with: ":") {
            parameters[String(name.unicodeScalars.dropFirst())] = value
        }
        return .found(entry, parameters)
    }

    // MARK: - Internal

    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        let parts = Self.parts(entry.route.path)
        root = root.adding(entry, at: parts[...])
        // A literal with an escape is stored decoded only.
        if !parts.contains(where: { $0.begins(with: ":") || $0.utf8.contains(UInt8(ascii: "%")) }) {
            fixed[ScalarText("/" + parts.joined(separator: "/")), default: []].append(entry)
        }
    }

    private static func parts(_ path: String) -> [String] {
        path.parts(separatedBy: "/", omittingEmpty: true).map(String.init)
    }

    private static func entry(_ entries: [Entry], _ method: HTTPMethod) -> Entry? {
        // The newest route wins, as among components; `GET` routes also serve HEAD.
        entries.last { $0.route.method == method } ?? (method == .head ? entry(entries, .get) : nil)
    }
}
