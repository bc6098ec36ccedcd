import Glibc
import TestSupport
import Testing

@testable import PipServices

/// One after the other: what one gives back is what the other counts on.
@Suite(
    .serialized,
    .disabled(if: getenv("PIP_TEST_SANITIZER") != nil, "sanitizers bring their own way to manage memory"))
struct ProcessMemoryTests {
    @Test func whatIsFreedIsKept() async {
        ProcessMemory.keepFreed()
        let faults = await onOwnThread {
            // The first time may need pages that the thread has not had yet.
            _ = Self.faultsOfValues()
            return Self.faultsOfValues()
        }
        // 1,600 pages when they were given back. Some may have gone to other threads of the same arena.
        #expect(faults < 800)
    }

    @Test func whatIsFreeBetweenOtherMemoryIsGivenBack() async {
        let (before, after) = await onOwnThread {
            let size = 100 << 10
            let blocks = (0..<400).map { _ in UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16) }
            for block in blocks { memset(block, 1, size) }
            let (freed, kept) = (blocks.indices.filter { $0 % 2 == 1 }, blocks.indices.filter { $0 % 2 == 0 })
            for index in freed { blocks[index].deallocate() }
            func resident() -> Int { freed.count { Self.isResident(blocks[$0] + size / 2) } }
            let before = resident()
            ProcessMemory.giveBack()
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

    /// Makes 64 values of 100 KB, frees them, and tells how many pages this thread had to get from the system.
    private static func faultsOfValues() -> Int {
        let before = faults
        let size = 100 << 10
        let values = (0..<64).map { _ in UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16) }
        for value in values { memset(value, 1, size) }
        for value in values { value.deallocate() }
        return faults - before
    }

    /// RUSAGE_THREAD is 1, and hidden by the header without _GNU_SOURCE.
    private static var faults: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(1), &usage)
        return usage.ru_minflt
    }
}
