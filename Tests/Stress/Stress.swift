import Glibc
import PipServices

/// Stress tests of every concurrent type, by its public interface, to be run as optimised code: the optimiser shortens
/// lifetimes and reorders memory accesses in ways that a debug build never shows.
///
/// Usage: `Stress [--seconds N] [NAME]...`. Each scenario runs for N seconds, 2 by default. The exit code is 1 if one
/// fails; a crash is a failure too.
@main struct Stress {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        var names: [String] = []
        var seconds = 2.0
        var rest = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = rest.next() {
            guard argument == "--seconds" else {
                names.append(argument)
                continue
            }
            guard let value = rest.next().flatMap(Double.init) else { exit(2) }
            seconds = value
        }
        let scenarios = all.filter { names.isEmpty || names.contains($0.name) }
        guard !scenarios.isEmpty else {
            print("unknown scenario; there are: \(all.map(\.name).joined(separator: ", "))")
            exit(2)
        }
        var failures = 0
        for scenario in scenarios {
            report("\(scenario.name) ...")
            do {
                try await scenario.run(Bound(seconds: seconds))
                report("\(scenario.name): passed")
            } catch {
                failures += 1
                report("\(scenario.name): FAILED: \(error)")
            }
        }
        report("\(scenarios.count - failures) passed, \(failures) failed")
        exit(failures == 0 ? 0 : 1)
    }

    private static let all =
        persistenceScenarios + componentScenarios + containerScenarios + driverScenarios + stompScenarios
}

/// Prints a line at once, so that it is not lost in a crash.
func report(_ line: String) {
    print(line)
    fflush(nil)
}

/// A load on one concurrent type, with checks.
struct Scenario: Sendable {
    let name: String
    let run: @Sendable (Bound) async throws -> Void
}

/// How long a scenario goes on.
struct Bound: Sendable {
    private let end: ContinuousClock.Instant

    init(seconds: Double) { end = .now + .seconds(seconds) }

    var isOpen: Bool { .now < end }
}

struct StressFailure: Error, CustomStringConvertible {
    let description: String
}

func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw StressFailure(description: message()) }
}

/// Runs `body` in several tasks at once, with their numbers. The first error ends them all.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<count { group.addTask { try await body(number) } }
        try await group.waitForAll()
    }
}
