import Testing

/// The wall between the rooms of the module, which Swift does not give: a file never names a type of a room that its own
/// does not stand on.
@Suite struct LayerTests {
    @Test func noRoomNamesATypeOfARoomAbove() throws {
        let sources = try SourceTree.module()
        #expect(sources.count > 100)
        let violations = Layers(sources).violations
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func aDeliberateViolationIsFound() {
        let floors = Layers([
            SourceFile(path: "Commons/Low.swift", text: "struct Low { var high: High? }"),
            SourceFile(path: "RPC/High.swift", text: "public struct High {}"),
            SourceFile(path: "Data/Side.swift", text: "struct Side { func f() { _ = High() } }"),
            SourceFile(path: "Drivers/Redis/A.swift", text: "enum A { static let b = B.self }"),
            SourceFile(path: "Drivers/Curl/B.swift", text: "enum B {}"),
            SourceFile(path: "Toolkit/Roof.swift", text: "enum Roof { static let all = [High.self] }"),
        ])
        #expect(
            floors.violations == [
                "Commons/Low.swift names High of RPC", "Data/Side.swift names High of RPC",
                "Drivers/Redis/A.swift names B of Drivers/Curl",
            ])
    }

    @Test func commentsAndTextAreNoViolations() {
        let floors = Layers([
            SourceFile(path: "RPC/High.swift", text: "public struct High {}"),
            SourceFile(
                path: "Commons/Low.swift",
                text: "/// See High.\nlet a = \"High\" // High\n/* High */ let b = \"\"\"\nHigh\n\"\"\""),
        ])
        #expect(floors.violations.isEmpty)
    }

    @Test func onlyTheLockAndTheHandleAreUnchecked() throws {
        let unchecked = try SourceTree.module().filter {
            $0.code.contains("@unchecked Sendable") || $0.code.contains("nonisolated(unsafe)")
        }
        #expect(unchecked.map(\.path) == ["Commons/Concurrency/Locked.swift"])
    }

    @Test func nothingTraps() throws {
        for file in try SourceTree.module() {
            for trap in ["try!", "as!", "fatalError(", "preconditionFailure(", "precondition("] {
                #expect(!file.code.contains(trap), "\(file.path) has \(trap)")
            }
        }
    }

    @Test func timeAndChanceComeFromTheSeam() throws {
        for file in try SourceTree.module() where !file.path.contains("/System") {
            for call in ["Date()", "Date.now", "Task.sleep", "SystemRandomNumberGenerator", "ContinuousClock"] {
                #expect(!file.code.contains(call), "\(file.path) has \(call)")
            }
        }
    }
}
