import Foundation

/// Reads XML by another program's parser, which refuses what is not well formed.
enum XMLShape {
    /// How many elements there are of each name in a file.
    static func elements(of file: URL) async throws -> [String: Int] {
        let script = """
            import collections, json, sys, xml.etree.ElementTree as tree
            names = [element.tag.split('}')[-1] for element in tree.parse(sys.argv[1]).iter()]
            print(json.dumps(collections.Counter(names)))
            """
        let (end, output, errors) = try await ChildProcess.output(
            of: try Built.command("python3"), ["-c", script, file.path])
        guard end == .exit(0) else { throw Failure("\(file.path) is not well formed: \(errors)") }
        return try JSONDecoder().decode([String: Int].self, from: Data(output.utf8))
    }
}
