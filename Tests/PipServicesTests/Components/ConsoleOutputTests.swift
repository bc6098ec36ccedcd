import Glibc
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

@Suite struct ConsoleOutputTests {
    /// A pipe in place of the console.
    private final class Pipe: Sendable {
        let writer: Int32
        private let reader: Int32
        private let received = Locked<[UInt8]>([])

        init(isBlocking: Bool) throws {
            var ends: [Int32] = [-1, -1]
            let code = pipe(&ends)
            try #require(code == 0)
            (reader, writer) = (ends[0], ends[1])
            if !isBlocking { _ = fcntl(writer, F_SETFL, O_NONBLOCK) }
        }

        /// Fills the pipe with newlines until it is full.
        func fill() {
            let flags = fcntl(writer, F_GETFL)
            _ = fcntl(writer, F_SETFL, flags | O_NONBLOCK)
            let newlines = [UInt8](repeating: UInt8(ascii: "\n"), count: 4096)
            while Glibc.write(writer, newlines, newlines.count) > 0 {}
            _ = fcntl(writer, F_SETFL, flags)
        }

        /// Returns everything written so far.
        func read() -> String {
            var source = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            var buffer = [UInt8](repeating: 0, count: 4096)
            while poll(&source, 1, 0) > 0 {
                let count = Glibc.read(reader, &buffer, buffer.count)
                guard count > 0 else { break }
                let bytes = Array(buffer[..<count])
                received.withLock { $0 += bytes }
            }
            return String(decoding: received.current, as: UTF8.self)
        }

        /// Takes out as much as the system keeps in one piece, which makes room for as much.
        func readPage() {
            var buffer = [UInt8](repeating: 0, count: 4096)
            _ = Glibc.read(reader, &buffer, buffer.count)
        }

        var isFull: Bool {
            var target = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
            return poll(&target, 1, 0) == 0
        }

        func closeReader() { close(reader) }
        func closeWriter() { close(writer) }
    }

    private func withPipe(
        isBlocking: Bool = true, limit: Int = 10_000, _ body: (ConsoleOutput, Pipe) async throws -> Void
    ) async throws {
        let pipe = try Pipe(isBlocking: isBlocking)
        let output = ConsoleOutput(pipe.writer, limit: limit)
        let result: Result<Void, any Error>
        do {
            try await body(output, pipe)
            result = .success(())
        } catch { result = .failure(error) }
        // Ends a write in progress, so that nothing uses the descriptor when it is closed.
        pipe.closeReader()
        try await waitUntil { output.isIdle }
        pipe.closeWriter()
        try result.get()
    }

    /// Writes on another thread, and fails if that blocks.
    private func write(_ lines: [String], to output: ConsoleOutput, format: LogFormat = .text) async throws {
        let isDone = Locked(false)
        Task {
            await onOwnThread { for line in lines { output.write(line, format: format) } }
            isDone.withLock { $0 = true }
        }
        try await waitUntil(within: .seconds(60)) { isDone.current }
    }

    /// Returns the number in a report of lost lines; nil for any other line.
    private func lossCount(_ line: Substring) -> Int? {
        guard let end = line.firstRange(of: " log lines were lost")?.lowerBound else { return nil }
        return line[..<end].split(separator: " ").last.flatMap { Int($0) }
    }

    @Test("A line of an idle process is written without waiting for the next one") func linesArePrompt() async throws {
        try await withPipe { output, pipe in
            output.write("first\n", format: .text)
            try await waitUntil(within: .seconds(60)) { pipe.read() == "first\n" }
            output.write("second\n", format: .text)
            try await waitUntil(within: .seconds(60)) { pipe.read() == "first\nsecond\n" }
        }
    }

    @Test("A pipe that nobody reads blocks no caller, and the lost lines are reported once", arguments: [true, false])
    func fullPipe(isBlocking: Bool) async throws {
        try await withPipe(isBlocking: isBlocking) { output, pipe in
            pipe.fill()
            let lines = (0..<3000).map { "line \($0) " + String(repeating: "x", count: 100) + "\n" }
            try await write(lines, to: output)
            try await waitUntil(within: .seconds(60)) { pipe.read().hasSuffix("did not accept them\n") }
            output.write("after\n", format: .text)
            try await waitUntil(within: .seconds(60)) { pipe.read().hasSuffix("after\n") }
            let written = pipe.read().split(separator: "\n")
            let reports = written.compactMap(lossCount)
            #expect(reports.count == 1)
            // The remaining lines are complete and in order.
            let kept = written.dropLast(2).map { "\($0)\n" }
            #expect(kept.elementsEqual(lines.prefix(kept.count)))
            #expect(kept.count + (reports.first ?? 0) == 3000)
        }
    }

    @Test("Long concurrent lines on a non-blocking pipe are whole, or counted as lost")
    func longLines() async throws {
        try await withPipe(isBlocking: false, limit: 100_000) { output, pipe in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    let letter = String(UnicodeScalar(UInt8(97 + task)))
                    group.addTask {
                        for _ in 0..<50 { output.write(String(repeating: letter, count: 10_000) + "\n", format: .text) }
                    }
                }
            }
            try await waitUntil(within: .seconds(60)) {
                _ = pipe.read()
                return output.isIdle
            }
            let written = pipe.read().split(separator: "\n")
            let lost = written.compactMap(lossCount).reduce(0, +)
            let whole = written.filter { lossCount($0) == nil }
            #expect(whole.allSatisfy { $0.utf8.count == 10_000 && Set($0.utf8).count == 1 })
            #expect(whole.count + lost == 400)
        }
    }

    @Test("The report of lost lines is JSON if the lines are JSON") func reportsAreJSON() async throws {
        try await withPipe { output, pipe in
            pipe.fill()
            let line = #"{"message":""# + String(repeating: "x", count: 1000) + "\"}\n"
            try await write(Array(repeating: line, count: 200), to: output, format: .json)
            try await waitUntil(within: .seconds(60)) { pipe.read().contains("lost") && output.isIdle }
            let last = try #require(pipe.read().split(separator: "\n").last)
            let report = try JSONConverter.fromJSON(String(last))
            #expect(report["level"] == "WARN")
            let count = pipe.read().split(separator: "\n").count - 1
            #expect(report["fields"]?["lost"] == .integer(Int64(200 - count)))
        }
    }

    @Test("Lines for a closed pipe block neither the caller nor the end of the process")
    func closedPipe() async throws {
        let pipe = try Pipe(isBlocking: true)
        pipe.closeReader()
        let output = ConsoleOutput(pipe.writer)
        try await write(Array(repeating: "line\n", count: 1000), to: output)
        try await waitUntil(within: .seconds(60)) { output.isIdle }
        pipe.closeWriter()
    }

    @Test("What a lost report told is told by the next one") func lostReport() async throws {
        let first = try Pipe(isBlocking: true)
        let output = ConsoleOutput(first.writer, limit: 5000)
        first.fill()
        let page = String(repeating: "x", count: 4095) + "\n"
        // There is room for one.
        for _ in 0..<4 { output.write(page, format: .text) }
        first.readPage()
        try await waitUntil(within: .seconds(60)) { first.isFull }
        // The report of the other three has no room in the pipe, and fails.
        first.closeReader()
        try await waitUntil(within: .seconds(60)) { output.isIdle }
        let second = try Pipe(isBlocking: true)
        dup2(second.writer, first.writer)
        output.write("after\n", format: .text)
        try await waitUntil(within: .seconds(60)) { second.read().hasSuffix("did not accept them\n") }
        #expect(second.read().split(separator: "\n").compactMap(lossCount) == [3])
        second.closeReader()
        try await waitUntil(within: .seconds(60)) { output.isIdle }
        second.closeWriter()
        first.closeWriter()
    }

    @Test("A line longer than the limit is written if no other line waits")
    func lineLongerThanTheLimit() async throws {
        try await withPipe(limit: 1000) { output, pipe in
            let line = String(repeating: "x", count: 5000) + "\n"
            output.write(line, format: .text)
            try await waitUntil(within: .seconds(60)) { pipe.read() == line }
        }
    }

    @Test("The end of the process waits for the last lines, but not for a pipe that nobody reads")
    func flushIsBounded() async throws {
        try await withPipe(limit: 1_000_000) { output, pipe in
            let clock = SystemClock()
            for index in 0..<500 { output.write("line \(index)\n", format: .text) }
            await onOwnThread { output.flush(until: clock.uptime + .seconds(60)) }
            #expect(pipe.read().hasSuffix("line 499\n"))
            try await write(Array(repeating: String(repeating: "x", count: 1000) + "\n", count: 300), to: output)
            let deadline = clock.uptime + .milliseconds(100)
            await onOwnThread { output.flush(until: deadline) }
            #expect(clock.uptime >= deadline, "the pipe takes 64 KiB of 300,000 bytes")
            #expect(!output.isIdle)
        }
    }
}
