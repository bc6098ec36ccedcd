import Glibc
import TestSupport
import Testing

@testable import PipServices

struct ProcessMemoryTests {
    @Test(.disabled(if: getenv("PIP_TEST_SANITIZER") != nil, "sanitizers bring their own way to manage memory"))
    func whatIsFreedIsKept() async {
        ProcessMemory.keepFreed()
        let faults = await onOwnThread {
            // The first time may need pages that the thread has not had yet.
            _ = Self.faultsOfValues()
            return Self.faultsOfValues()
        }
        // 1,600 pages when they were given back. Some may have gone to other threads of the same arena.
        #expect(faults < 800)
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
