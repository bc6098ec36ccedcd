#if PIP_REDIS
import Testing

@testable import PipServices

/// What needs no server.
@Suite struct RedisPartsTests {
    @Test(
        arguments: [
            (nil, .never),
            (.zero, .gone),
            (.seconds(-1), .gone),
            (.seconds(Int64.min), .gone),
            (Duration(secondsComponent: 0, attosecondsComponent: 1), .after("1")),
            (.microseconds(100), .after("1")),
            (.milliseconds(1), .after("1")),
            (.microseconds(1200), .after("2")),
            (.seconds(1), .after("1000")),
            (.microseconds(1_000_100), .after("1001")),
            (.seconds(3_199_999_999), .after("3199999999000")),
            (.seconds(3_200_000_000), .never),
            (.seconds(Int64.max), .never),
        ] as [(Duration?, RedisExpiry)])
    func timesToLiveAreRoundedUp(_ ttl: Duration?, _ expiry: RedisExpiry) {
        #expect(RedisExpiry(ttl) == expiry)
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", true), ("$-7\r\n", true), ("*-2\r\n", true), ("$abc\r\n", true),
        ("*1\r\n*1\r\n?", true),
        // The most that the protocol allows: what is announced is waited for, and takes no room before it comes.
        ("*2147483647\r\n:1\r\n", false),
    ])
    func whatIsNotOfTheProtocolIsRefused(_ bytes: String, _ isRefused: Bool) throws {
        let reader = try #require(RedisReplyReader())
        Array(bytes.utf8).withUnsafeBytes { reader.feed($0) }
        if isRefused {
            #expect(throws: RedisDialer.Refusal.self) { try reader.next() }
        } else {
            let reply = try reader.next()
            #expect(reply == nil)
        }
    }

    @Test func callsSendWhereNothingGoesBeforeThem() {
        var state = RedisEngine.State(calls: RedisCalls(patience: 0))
        #expect(!state.mayCallsSend)
        (state.phase, state.isAsleep) = (.up, true)
        #expect(state.mayCallsSend && state.isTimeToSend)
        state.comingBack = 1
        #expect(!state.isTimeToSend, "it waits for the others")
        state.hasOutput = true
        #expect(!state.mayCallsSend)
        (state.hasOutput, state.rest) = (false, [1])
        #expect(!state.mayCallsSend)
    }
}
#endif
