/// A dotted path into a document.
struct DocumentPath: Sendable {
    private let parts: [String]

    init(_ path: String) { parts = PropertyPath.split(path) }

    /// Returns the value at the path; null if there is none. In a list on the path, it collects the values of all
    /// elements that have one.
    func value(in document: AnyValue) -> AnyValue { value(in: document, parts[...]) }

    private func value(in value: AnyValue, _ parts: ArraySlice<String>) -> AnyValue {
        guard let part = parts.first else { return value }
        switch value {
        case .map(let map): return self.value(in: map[part] ?? .null, parts.dropFirst())
        case .array(let values):
            if let index = PropertyPath.index(part) {
                return values.indices.contains(index) ? self.value(in: values[index], parts.dropFirst()) : .null
            }
            let found = values.map { self.value(in: $0, parts) }.filter { !$0.isNull }
            return found.isEmpty ? .null : .array(found.flatMap { $0.array ?? [$0] })
        default: return .null
        }
    }
}
