import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct HTTPBodyPipeTests {
    @Test("Of two concurrent readers, the first fails and the second reads") func twoReaders() async throws {
        let pipe = HTTPBodyPipe {}
        let results = Locked<[Result<[UInt8]?, any Error>]>([])
        let readers = (0..<2).map { _ in
            Task {
                let result: Result<[UInt8]?, any Error>
                do { result = .success(try await pipe.read()) } catch { result = .failure(error) }
                results.withLock { $0.append(result) }
            }
        }
        try await waitUntil(within: .seconds(30)) { results.current.count == 1 }
        let error = #expect(throws: ApplicationError.self) { try results.current[0].get() }
        #expect(error?.code == "BODY_IN_USE")
        #expect(pipe.tryWrite([1]))
        for reader in readers { await reader.value }
        #expect(try results.current[1].get() == [1])
    }

    @Test("A thread that found the pipe full is woken once, when it is less than half full") func wakings() async throws
    {
        let wakings = Locked(0)
        let pipe = HTTPBodyPipe { wakings.withLock { $0 += 1 } }
        let quarter = [UInt8](repeating: 1, count: 65_536)
        for _ in 0..<4 { #expect(pipe.tryWrite(quarter)) }
        #expect(!pipe.tryWrite([2]))
        for expected in [0, 0, 1, 1] {
            #expect(try await pipe.read() == quarter)
            #expect(wakings.current == expected)
        }
    }

    @Test("A cancelled reader leaves the pipe to the next one") func cancelledReader() async throws {
        let pipe = HTTPBodyPipe {}
        let reader = Task { try await pipe.read() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        #expect(pipe.tryWrite([1]))
        #expect(try await pipe.read() == [1])
        pipe.finish()
        #expect(try await pipe.read() == nil)
    }
}
