internal import Yams

/// An error in a YAML document. It quotes nothing except the name of a key.
struct YAMLFailure: Error {
    let problem: String
    /// The 1-based line; nil if unknown.
    let line: Int?
    let column: Int?
    /// A related position. The text ends where the line number follows.
    let related: (text: String, line: Int)?

    init(_ problem: String, at mark: Yams.Mark?, related: (text: String, line: Int)? = nil) {
        self.init(problem, line: mark?.line, column: mark?.column, related: related)
    }

    init(_ problem: String, line: Int?, column: Int? = nil, related: (text: String, line: Int)? = nil) {
        self.problem = problem
        self.line = line
        self.column = column
        self.related = related
    }

    /// Creates the error for a duplicate key.
    init(duplicate key: String, line: Int?, column: Int?, first: Int?) {
        let related = first.map { (text: ", first on", line: $0) }
        self.init("the key '\(key)' is given twice", line: line, column: column, related: related)
    }
}

/// Parses a YAML document into dynamic values.
///
/// Yams implements the grammar. This type interprets scalars, keys, tags and merges, and limits the size of documents.
struct YAMLParser {
    static let maximumDepth = 100
    static let maximumCount = 100_000
    /// The maximum length of a dotted path in bytes. It is stored for every value below it.
    static let maximumPath = 1000

    /// Parses the only document that is not empty; null if all are empty.
    ///
    /// - Parameter onValue: receives the dotted path and the line of every value.
    static func parse(
        _ text: String, onValue: (_ path: String, _ line: Int) -> Void
    ) throws(YAMLFailure) -> AnyValue {
        guard let root = try YAMLSource(text).document() else { return .null }
        return try withoutActuallyEscaping(onValue) { onValue throws(YAMLFailure) in
            var parser = YAMLParser(onValue: onValue)
            return try parser.value(root, path: "", line: root.mark?.line, depth: 0)
        }
    }

    private let onValue: (String, Int) -> Void
    private var count = 0

    private init(onValue: @escaping (String, Int) -> Void) { self.onValue = onValue }

    // MARK: - Values

    private mutating func value(
        _ node: Yams.Node, path: String, line: Int?, depth: Int
    ) throws(YAMLFailure) -> AnyValue {
        // Aliases are shared nodes that are expanded only here, so they are counted here.
        count += 1
        guard count <= Self.maximumCount else {
            throw YAMLFailure("there are more than \(Self.maximumCount) values, aliases included", at: node.mark)
        }
        guard depth < Self.maximumDepth else {
            throw YAMLFailure("values are nested more than \(Self.maximumDepth) deep", at: node.mark)
        }
        if let line { onValue(path, line) }
        switch node {
        case .scalar(let scalar): return try self.scalar(scalar)
        case .sequence(let sequence): return .array(try elements(sequence, path: path, depth: depth))
        case .mapping(let mapping): return .map(try members(mapping, path: path, depth: depth))
        case .alias: throw YAMLFailure("the alias is not defined", at: node.mark)
        }
    }

    private func scalar(_ scalar: Yams.Node.Scalar) throws(YAMLFailure) -> AnyValue {
        let text = scalar.string
        switch scalar.tag.rawValue {
        case "": return scalar.style == .plain ? YAMLScalar.resolve(text) : .string(text)
        case "!", Self.tag("str"), Self.tag("timestamp"): return .string(text)
        case Self.tag("null"):
            if YAMLScalar.resolve(text).isNull { return .null }
        case Self.tag("bool"):
            if case .bool(let value) = YAMLScalar.resolve(text) { return .bool(value) }
        case Self.tag("int"):
            if case .integer(let value)? = YAMLScalar.number(text) { return .integer(value) }
        case Self.tag("float"):
            if let value = YAMLScalar.number(text) { return value }
        default: throw YAMLFailure("the tag is not supported in configuration", at: scalar.mark)
        }
        throw YAMLFailure("the value does not match its tag", at: scalar.mark)
    }

    private mutating func elements(
        _ sequence: Yams.Node.Sequence, path: String, depth: Int
    ) throws(YAMLFailure) -> [AnyValue] {
        try check(sequence.tag, is: "seq", at: sequence.mark)
        var elements: [AnyValue] = []
        for node in sequence {
            let path = try Self.path(path, String(elements.count), at: node.mark)
            elements.append(try value(node, path: path, line: node.mark?.line, depth: depth + 1))
        }
        return elements
    }

    // MARK: - Maps

    private mutating func members(
        _ mapping: Yams.Node.Mapping, path: String, depth: Int
    ) throws(YAMLFailure) -> AnyValueMap {
        try check(mapping.tag, is: "map", at: mapping.mark)
        var members = AnyValueMap()
        // Merged members come first, so that the map's own keys win wherever `<<` is.
        for (key, value) in mapping where Self.isMerge(key) {
            members.append(try merged(value, path: path, depth: depth))
        }
        var marks: [ScalarText: Yams.Mark?] = [:]
        for (keyNode, node) in mapping where !Self.isMerge(keyNode) {
            let key = try name(keyNode)
            let mark = keyNode.mark
            // Yams compares keys as strings: `1` and `1.0` become the same name only here.
            if let first = marks.updateValue(mark, forKey: ScalarText(key)) {
                throw YAMLFailure(duplicate: key, line: mark?.line, column: mark?.column, first: first?.line)
            }
            let path = try Self.path(path, key, at: mark)
            members.put(key, try value(node, path: path, line: mark?.line, depth: depth + 1))
        }
        return members
    }

    /// Returns the value of `<<`: a map, or a list of maps in which earlier ones win.
    private mutating func merged(
        _ node: Yams.Node, path: String, depth: Int
    ) throws(YAMLFailure) -> AnyValueMap {
        var members = AnyValueMap()
        for source in node.sequence.map({ Array($0).reversed() }) ?? [node] {
            guard case .map(let map) = try value(source, path: path, line: nil, depth: depth + 1) else {
                throw YAMLFailure("'<<' needs a map, or a list of maps, to merge in", at: source.mark)
            }
            members.append(map)
        }
        return members
    }

    private static func isMerge(_ key: Yams.Node) -> Bool {
        guard let scalar = key.scalar else { return false }
        return scalar.string == "<<" && scalar.style == .plain
    }

    /// Returns a key as a string: `1.0` becomes `1`, and an empty key becomes `null`, as in Node.
    private func name(_ key: Yams.Node) throws(YAMLFailure) -> String {
        guard let scalar = key.scalar else { throw YAMLFailure("a key must be a string", at: key.mark) }
        // Yams tags plain keys as strings when it looks for duplicates.
        let isPlain = scalar.style == .plain && ["", Self.tag("str")].contains(scalar.tag.rawValue)
        let value = isPlain ? YAMLScalar.resolve(scalar.string) : try self.scalar(scalar)
        return StringConverter.toString(value, default: "null")
    }

    private func check(_ tag: Yams.Tag, is name: String, at mark: Yams.Mark?) throws(YAMLFailure) {
        guard ["", "!", Self.tag(name)].contains(tag.rawValue) else {
            throw YAMLFailure("the tag is not supported in configuration", at: mark)
        }
    }

    private static func tag(_ name: String) -> String { "tag:yaml.org,2002:\(name)" }

    private static func path(
        _ parent: String, _ name: String, at mark: Yams.Mark?
    ) throws(YAMLFailure) -> String {
        guard parent.utf8.count + name.utf8.count < maximumPath else {
            throw YAMLFailure("the path of a value is longer than \(maximumPath) bytes", at: mark)
        }
        return parent.isEmpty ? name : "\(parent).\(name)"
    }
}
