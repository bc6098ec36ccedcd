import Foundation

/// Reads XML by another program's parser, which refuses what is not well formed.
enum XMLShape {
    /// How many elements there are of each name.
    static func elements(of data: Data) throws -> [String: Int] {
        let python = try Built.command("python3")
        let script = """
            import collections, json, sys, xml.etree.ElementTree as tree
            names = [element.tag.split('}')[-1] for element in tree.parse(sys.stdin.buffer).iter()]
            print(json.dumps(collections.Counter(names)))
            """
        let process = Process()
        process.executableURL = python
        process.arguments = ["-c", script]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: data)
        try input.fileHandleForWriting.close()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode([String: Int].self, from: answer)
    }
}
