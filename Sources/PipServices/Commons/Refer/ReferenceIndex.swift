/// An index of references by each part of their descriptors. Without it, linking a service would take quadratic time.
struct ReferenceIndex: Sendable {
    private struct Part: Sendable {
        var places: [ScalarText: [Int]] = [:]
        /// References whose descriptor leaves the part open.
        var open: [Int] = []
    }

    private var parts = [Part](repeating: Part(), count: 5)
    /// References without a descriptor, and those that other names also match.
    private var others: [Int] = []
    private var count = 0

    init(_ references: [Reference]) {
        for reference in references { append(reference) }
    }

    mutating func append(_ reference: Reference) {
        defer { count += 1 }
        guard let descriptor = reference.locator.descriptor else { return others.append(count) }
        if reference.identity == nil { others.append(count) }
        for (part, value) in Self.parts(of: descriptor).enumerated() {
            if let value {
                parts[part].places[ScalarText(value), default: []].append(count)
            } else {
                parts[part].open.append(count)
            }
        }
    }

    /// Returns the indices to examine, last first. They are a superset of the matches.
    func candidates(for locator: Locator) -> [Int] {
        guard let descriptor = locator.descriptor else { return others.reversed() }
        var best: (places: [Int], open: [Int])?
        for (part, value) in zip(parts, Self.parts(of: descriptor)) {
            guard let value else { continue }
            let places = part.places[ScalarText(value)] ?? []
            if places.count + part.open.count < best.map({ $0.places.count + $0.open.count }) ?? .max {
                best = (places, part.open)
            }
        }
        guard let best else { return (0..<count).reversed() }
        return best.open.isEmpty ? best.places.reversed() : (best.places + best.open).sorted(by: >)
    }

    private static func parts(of descriptor: Descriptor) -> [String?] {
        [descriptor.name, descriptor.type, descriptor.kind, descriptor.group, descriptor.version]
    }
}
