import Foundation
import PipServices
import Testing

/// A file of vectors: one area.
struct VectorFile: Sendable, CustomTestStringConvertible {
    let url: URL

    var testDescription: String { url.deletingPathExtension().lastPathComponent }

    /// Reads the area.
    /// - Throws: what is wrong with the file.
    func load() throws -> VectorArea {
        let root: AnyValue
        do {
            root = try JSONConverter.fromJSON(try String(contentsOf: url, encoding: .utf8))
        } catch {
            throw problem("\(error)")
        }
        guard let name = root["area"]?.string, !name.isEmpty else { throw problem("it has no 'area'") }
        guard let cases = root["cases"]?.array, !cases.isEmpty else { throw problem("it has no 'cases'") }
        let area = VectorArea(name: name, cases: try cases.enumerated().map { try parse($0.element, at: $0.offset) })
        let ids = Set(area.cases.map(\.id))
        guard ids.count == cases.count else { throw problem("an id is given twice") }
        return area
    }

    private func parse(_ value: AnyValue, at index: Int) throws -> VectorCase {
        guard let fields = value.map, let id = fields["id"]?.string, let op = fields["op"]?.string,
            let input = fields["in"], let out = fields["out"], case .bool(let agreed)? = fields["agreed"]
        else { throw problem("case \(index) lacks one of 'id', 'op', 'in', 'out', 'agreed'") }
        var alternatives: [AnyValue] = []
        if let alt = fields["alt"], !alt.isNull {
            guard !agreed, let byLanguage = alt.map else { throw problem("\(id) has an 'alt' that makes no sense") }
            alternatives = byLanguage.map(\.value)
        }
        return VectorCase(id: id, op: op, input: input, accepted: [out] + alternatives)
    }

    private func problem(_ text: String) -> VectorFolder.Problem {
        VectorFolder.Problem(description: "\(url.path): \(text)")
    }
}

/// The cases of an area.
struct VectorArea: Sendable {
    let name: String
    let cases: [VectorCase]
}

/// One fact: what an operation gives for an input.
struct VectorCase: Sendable {
    let id: String
    let op: String
    let input: AnyValue
    /// What counts as right: the recorded result and, where the editions differ, those of the others.
    let accepted: [AnyValue]
}
