import Glibc

/// A command that describes a service instead of running it: `--check`, `--graph` or `--list`.
enum ProcessInspection: Sendable, Hashable {
    /// The output format.
    enum Format: String, Sendable, CaseIterable { case text, json, markdown }

    case check(Format, isStrict: Bool)
    case graph(file: String?)
    case list(Format)

    /// Prints the result. Returns the exit code.
    ///
    /// - Parameter config: reads the configuration.
    func run(
        _ container: Container, path: String, config: () throws(ApplicationError) -> ContainerConfig
    ) async -> Int32 {
        switch self {
        case .list(let format): return Self.list(container.catalog(), format)
        case .check(let format, let isStrict):
            var problems: [ConfigProblem]
            do throws(ApplicationError) {
                await container.configure(try config())
                problems = await container.check()
            } catch {
                problems = [Self.problem(error, path: path)]
            }
            return Self.check(problems, path: path, format, isStrict: isStrict)
        case .graph(let file):
            do throws(ApplicationError) {
                await container.configure(try config())
                try Self.write(await container.graph(), to: file)
                return 0
            } catch {
                ConsoleLogger().fatal(Context(traceId: container.name), error: error, "Cannot draw the service")
                return 1
            }
        }
    }

    // MARK: - Internal

    private static func list(_ components: [ComponentDescription], _ format: Format) -> Int32 {
        // The service's own components before those of the toolkit.
        let sorted = components.sorted {
            let (left, right) = ($0.locator.begins(with: "pip-services:"), $1.locator.begins(with: "pip-services:"))
            return left == right ? $0.locator < $1.locator : right
        }
        switch format {
        case .text: print(sorted.map { $0.text() }.joined(separator: "\n"), terminator: "")
        case .markdown: print(sorted.map { $0.markdown() }.joined(separator: "\n"), terminator: "")
        case .json: print(JSONConverter.toJSON(.array(sorted.map(\.value))))
        }
        return 0
    }

    private static func check(
        _ problems: [ConfigProblem], path: String, _ format: Format, isStrict: Bool
    ) -> Int32 {
        let errors = problems.filter { $0.severity == .error }.count
        let warnings = problems.count - errors
        if format == .json {
            let values = problems.map(\.value)
            let report: AnyValue = [
                "config": .string(path), "errors": .integer(Int64(errors)), "warnings": .integer(Int64(warnings)),
                "problems": .array(values),
            ]
            print(JSONConverter.toJSON(report))
        } else {
            for problem in problems {
                print("\(problem.place)\(problem.severity): \(problem.message) [\(problem.code)]")
            }
            func count(_ count: Int, _ name: String) -> String { "\(count) \(name)\(count == 1 ? "" : "s")" }
            print(
                problems.isEmpty
                    ? "\(path): no problems" : "\(path): \(count(errors, "error")), \(count(warnings, "warning"))")
        }
        return errors > 0 || (isStrict && warnings > 0) ? 1 : 0
    }

    private static func problem(_ error: ApplicationError, path: String) -> ConfigProblem {
        var problem = ConfigProblem(.error, code: error.code, error.message)
        problem.file = path
        problem.line = error.details.getAsNullableInteger("line")
        return problem
    }

    private static func write(_ graph: ContainerGraph, to path: String?) throws(ApplicationError) {
        guard let path else { return print(graph.mermaid(), terminator: "") }
        let name = path.asciiLowercased
        let text: String
        if name.ends(with: ".svg") {
            text = graph.svg()
        } else if [".mmd", ".mermaid"].contains(where: name.ends(with:)) {
            text = graph.mermaid()
        } else {
            throw .config(
                code: "BAD_FORMAT",
                "'\(path)' does not tell how to draw: expected a name that ends in .svg, .mmd or .mermaid")
        }
        guard let file = fopen(path, "we") else { throw cannotWrite(path) }
        let written = fputs(text, file)
        guard fclose(file) == 0, written >= 0 else { throw cannotWrite(path) }
    }

    private static func cannotWrite(_ path: String) -> ApplicationError {
        .file(code: "WRITE_FAILED", "Cannot write \(path)", details: ["path": .string(path)])
    }
}

extension ConfigProblem {
    fileprivate var value: AnyValue {
        [
            "severity": .string(severity.rawValue), "code": .string(code), "message": .string(message),
            "component": component.map(AnyValue.string) ?? .null, "key": key.map(AnyValue.string) ?? .null,
            "file": file.map(AnyValue.string) ?? .null, "line": line.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}
