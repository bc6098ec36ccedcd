import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct PatienceTests {
    @Test func whoLooksInVainDoesNotLookForAWhile() {
        let patience = Patience(.microseconds(100), clock: VirtualClock())
        var looks = 0
        func look(_ number: Int) -> Bool {
            looks += 1
            return looks > number
        }
        #expect(patience.look { look(5) })
        #expect(looks == 6)
        #expect(patience.looks)
        #expect(!patience.look { look(.max) })
        #expect(!patience.looks)
        looks = 0
        for _ in 0..<Patience.waitsWithout {
            #expect(!patience.looks)
            #expect(!patience.look { look(0) })
        }
        #expect(looks == 0)
        #expect(patience.looks)
        patience.look { look(0) }
        #expect(looks == 1)
    }

    /// A clock that stands must not hold who looks.
    @Test func looksAreCountedToo() {
        let patience = Patience(.microseconds(100), clock: VirtualClock())
        var looks = 0
        patience.look {
            looks += 1
            return false
        }
        #expect((2..<1000).contains(looks))
        #expect(!patience.looks)
    }
}
