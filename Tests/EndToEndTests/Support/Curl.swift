import Foundation

/// What a server answered.
struct HTTPAnswer: Sendable {
    let status: Int
    /// Header fields by name, in lower case.
    let headers: [String: String]
    let body: String

    /// The body as JSON.
    var json: JSON {
        get throws { try JSON(parsing: body) }
    }
}

/// Requests by `curl`, a client that nobody here wrote.
enum Curl {
    static func request(
        _ method: String, _ address: String, body: String? = nil, headers: [String] = [], options: [String] = []
    ) async throws -> HTTPAnswer {
        var arguments = ["--silent", "--show-error", "--include", "--noproxy", "*", "--max-time", "60"]
        arguments += ["--request", method] + options
        for header in headers { arguments += ["--header", header] }
        if let body { arguments += ["--data-raw", body] }
        let (end, output, errors) = try await ChildProcess.output(of: Built.command("curl"), arguments + [address])
        guard end == .exit(0) else { throw Failure("curl \(method) \(address) ended with \(end): \(errors)") }
        return try HTTPAnswer(parsing: output)
    }
}

extension HTTPAnswer {
    /// Reads an answer as it comes over the network.
    init(parsing text: String) throws {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        guard let first = lines.first?.wholeMatch(of: #/HTTP/1\.1 (\d{3}) .*/#), let status = Int(first.1) else {
            throw Failure("This is no answer: \(text)")
        }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let match = line.wholeMatch(of: #/([^:]+): *(.*)/#) else { throw Failure("No header: \(line)") }
            headers[match.1.lowercased()] = String(match.2)
        }
        self.headers = headers
        body = parts.count > 1 ? String(parts[1]) : ""
    }
}
