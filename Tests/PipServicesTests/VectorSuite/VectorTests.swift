import PipServices
import Testing

/// Checks the module against facts that were recorded from the toolkit's other editions: the JSON files of the folder
/// `Vectors`, or of the one that the environment variable `PIP_TEST_VECTORS` names.
@Suite(.ownThreads, .vectorReport) struct VectorTests {
    @Test func theFolderHoldsVectors() throws { try VectorFolder.check() }

    /// Areas whose driver is not compiled in. What is built can't be forgotten in the others.
    private static let absent = DefaultGRPCFactory.driver.isCompiledIn ? [] : ["grpc"]

    @Test(arguments: VectorFolder.files)
    func area(_ file: VectorFile) async throws {
        let area = try file.load()
        let run = try await VectorRun(area)
        #expect(run.notBuilt.total == 0 || Self.absent.contains(area.name), "\(run.report)")
        VectorReport.runs.withLock { $0.append(run) }
    }
}

/// Prints what was skipped, and a line per area, when all areas are through.
struct VectorReport: SuiteTrait, TestScoping {
    static let runs = Locked<[VectorRun]>([])

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        defer {
            let runs = Self.runs.current.sorted { $0.area < $1.area }
            let lines = runs.map(\.report).filter { !$0.isEmpty } + runs.map(\.line)
            print("\n" + lines.joined(separator: "\n"))
        }
        try await function()
    }
}

extension Trait where Self == VectorReport {
    static var vectorReport: Self { Self() }
}
