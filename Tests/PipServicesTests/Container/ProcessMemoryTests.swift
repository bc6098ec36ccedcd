import Glibc
import TestSupport
import Testing

@testable import PipServices

@Suite(
    .disabled(if: getenv("PIP_TEST_SANITIZER") != nil, "sanitizers bring their own way to manage memory"))
struct ProcessMemoryTests {
    @Test("trim returns free memory between allocations in use") func freeMemoryIsReturned() async {
        let (before, after) = await onOwnThread {
            let size = 100 << 10
            let blocks = (0..<400).map { _ in UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16) }
            for block in blocks { memset(block, 1, size) }
            let (freed, kept) = (blocks.indices.filter { $0 % 2 == 1 }, blocks.indices.filter { $0 % 2 == 0 })
            for index in freed { blocks[index].deallocate() }
            func resident() -> Int { freed.count { Self.isResident(blocks[$0] + size / 2) } }
            let before = resident()
            ProcessMemory.trim()
            let after = resident()
            for index in kept { blocks[index].deallocate() }
            return (before, after)
        }
        // Other threads of the same arena may take some of them.
        #expect(before > 150)
        #expect(after < 50)
    }

    /// Whether the page of an address takes memory.
    private static func isResident(_ address: UnsafeMutableRawPointer) -> Bool {
        let page = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: address) & ~4095)
        var state: UInt8 = 0
        return mincore(page, 4096, &state) == 0 && state & 1 == 1
    }
}
