/// Finds the route of a request. A value: an endpoint replaces it as a whole when its routes change.
struct RestRouter: Sendable {
    /// A class: what is found for each request is not copied part by part.
    final class Entry: Sendable {
        let route: RestRoute
        /// Whose it is, so that it can be taken out again.
        let owner: ObjectIdentifier

        init(_ route: RestRoute, owner: ObjectIdentifier) {
            self.route = route
            self.owner = owner
        }
    }

    enum Match: Sendable {
        case found(Entry, [String: String])
        /// The path is there, but for other methods.
        case otherMethods([String])
        case nothing
    }

    private(set) var entries: [Entry] = []
    /// Paths without parameters, which most are, are found at once.
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

        func find(_ path: ArraySlice<String>) -> [Entry]? {
            guard let part = path.first else { return entries.isEmpty ? nil : entries }
            if let found = children[ScalarText(part)]?.find(path.dropFirst()) { return found }
            return parameter?.find(path.dropFirst())
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

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        if let entries = fixed[ScalarText(path)] {
            return Self.choose(entries, method) ?? .otherMethods(Self.methods(entries))
        }
        let parts = RestPath.parts(path)
        guard let entries = root.find(parts[...]) else { return .nothing }
        guard let entry = Self.entry(entries, method) else { return .otherMethods(Self.methods(entries)) }
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
        // A literal with an escape is found decoded only.
        if !parts.contains(where: { $0.begins(with: ":") || $0.utf8.contains(UInt8(ascii: "%")) }) {
            fixed[ScalarText("/" + parts.joined(separator: "/")), default: []].append(entry)
        }
    }

    private static func parts(_ path: String) -> [String] {
        path.parts(separatedBy: "/", omittingEmpty: true).map(String.init)
    }

    private static func entry(_ entries: [Entry], _ method: HTTPMethod) -> Entry? {
        // The newest wins, as among components; HEAD is answered by GET.
        entries.last { $0.route.method == method } ?? (method == .head ? entry(entries, .get) : nil)
    }

    private static func choose(_ entries: [Entry], _ method: HTTPMethod) -> Match? {
        entry(entries, method).map { .found($0, [:]) }
    }

    private static func methods(_ entries: [Entry]) -> [String] { Set(entries.map(\.route.method.rawValue)).sorted() }
}
