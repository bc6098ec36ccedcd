import FoundationEssentials
import Testing

@testable import PipServices

@Suite struct MemcachedExpiryTests {
    @Test("A time to live is rounded up to seconds, and one second is added") func roundsUp() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        func number(_ ttl: Duration?, span: Int = MemcachedExpiry.longestSpan) -> Int {
            MemcachedExpiry.number(ttl, now: now, span: span)
        }
        #expect(number(nil) == 0)
        #expect(number(.zero) == MemcachedExpiry.past)
        #expect(number(.seconds(Int64.min)) == MemcachedExpiry.past)
        #expect(number(.milliseconds(1)) == 2)
        #expect(number(.seconds(1)) == 2)
        #expect(number(.milliseconds(1001)) == 3)
        #expect(number(.seconds(2_591_999)) == 2_592_000)
        #expect(number(.seconds(2_592_000)) == 1_802_592_001, "as a date")
        #expect(number(.seconds(100), span: 10) == 1_800_000_101)
        #expect(number(.seconds(100), span: Int.min) == 1_800_000_101)
        #expect(number(.seconds(400_000_000)) == 0, "after 2038 is never")
        #expect(number(.seconds(Int64.max)) == 0)
        let epoch = MemcachedExpiry.number(.seconds(3_000_000), now: Date(timeIntervalSince1970: 0))
        #expect(epoch == MemcachedExpiry.longestSpan, "a clock that is not set")
    }
}
