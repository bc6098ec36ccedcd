#if PIP_CURL
import Glibc
import Testing

@testable import PipServices

@Suite struct CurlSocketsTests {
    /// libcurl's `CURL_POLL_IN` and `CURL_POLL_REMOVE`.
    private static let (pollIn, pollRemove) = (Int32(1), Int32(4))
    /// libcurl's `CURL_CSELECT_IN`.
    private static let selectIn: Int32 = 1

    /// Two connected sockets.
    private struct Pair {
        let own: Int32
        let peer: Int32

        init() throws {
            var sockets: [Int32] = [-1, -1]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let result = socketpair(AF_UNIX, type, 0, &sockets)
            try #require(result == 0)
            (own, peer) = (sockets[0], sockets[1])
        }

        func sendFromPeer() { _ = send(peer, [UInt8(1)], 1, Int32(MSG_NOSIGNAL)) }

        /// Closes `own` and reuses its number for a socket of another pair, in one step: no other thread gets it.
        func replace(by other: Pair) throws {
            try #require(dup2(other.own, own) == own)
            _ = fcntl(own, F_SETFD, FD_CLOEXEC)
        }

        func closeBoth() { for socket in [own, peer] { close(socket) } }
    }

    private func with(_ body: (CurlSockets, Wakeup) throws -> Void) throws {
        let wakeup = try Wakeup()
        let sockets = try CurlSockets(wakeup)
        defer { sockets.close() }
        try body(sockets, wakeup)
    }

    /// The sockets that are ready now, with libcurl's flags.
    private func ready(_ sockets: CurlSockets) -> [Int32: Int32] {
        var ready: [Int32: Int32] = [:]
        sockets.wait(milliseconds: 0) { ready[$0] = $1 }
        return ready
    }

    @Test("A wake-up and a readable socket are reported, a removed socket is not") func readiness() throws {
        try with { sockets, wakeup in
            let pair = try Pair()
            defer { pair.closeBoth() }
            #expect(sockets.watch(pair.own, Self.pollIn))
            #expect(ready(sockets).isEmpty)
            pair.sendFromPeer()
            wakeup.wake()
            #expect(ready(sockets) == [pair.own: Self.selectIn])
            var source = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
            let isStillSet = poll(&source, 1, 0) != 0
            #expect(!isStillSet, "a wake-up ends one wait")
            #expect(sockets.watch(pair.own, Self.pollRemove))
            #expect(ready(sockets).isEmpty)
        }
    }

    /// The system watches a connection, not its number: a connection that was closed is no longer watched.
    @Test("A socket that reuses the descriptor of a closed one is watched")
    func numberIsUsedAgain() throws {
        try with { sockets, _ in
            let (old, new) = (try Pair(), try Pair())
            defer { for pair in [old, new] { pair.closeBoth() } }
            #expect(sockets.watch(old.own, Self.pollIn))
            try old.replace(by: new)
            #expect(sockets.watch(old.own, Self.pollIn))
            new.sendFromPeer()
            #expect(ready(sockets) == [old.own: Self.selectIn])
        }
    }

    @Test("Removing an already closed socket leaves the others watched") func removalAfterClose() throws {
        try with { sockets, _ in
            let (closed, open, unwatched) = (try Pair(), try Pair(), try Pair())
            defer { for pair in [closed, open, unwatched] { pair.closeBoth() } }
            for pair in [closed, open] { #expect(sockets.watch(pair.own, Self.pollIn)) }
            try closed.replace(by: unwatched)
            #expect(sockets.watch(closed.own, Self.pollRemove))
            for pair in [open, unwatched] { pair.sendFromPeer() }
            #expect(ready(sockets) == [open.own: Self.selectIn])
        }
    }

    /// libcurl takes a flag of failure alone as a failure, and with others reads what came before the end.
    @Test("A closed connection counts as readable") func closedConnectionIsReadable() throws {
        try with { sockets, _ in
            let pair = try Pair()
            defer { close(pair.own) }
            #expect(sockets.watch(pair.own, Self.pollIn))
            pair.sendFromPeer()
            close(pair.peer)
            let flags = try #require(ready(sockets)[pair.own])
            #expect(flags & Self.selectIn != 0)
        }
    }

    @Test("A socket that cannot be watched is an error") func unwatchableSocket() throws {
        try with { sockets, _ in #expect(!sockets.watch(-1, Self.pollIn)) }
    }

    @Test("Among many ready sockets, none is skipped") func manyReadySockets() throws {
        try with { sockets, _ in
            let pairs = try (0..<70).map { _ in try Pair() }
            defer { for pair in pairs { pair.closeBoth() } }
            for pair in pairs {
                #expect(sockets.watch(pair.own, Self.pollIn))
                pair.sendFromPeer()
            }
            // Nobody reads, so that all stay ready.
            var seen: Set<Int32> = []
            for _ in 0..<4 { seen.formUnion(ready(sockets).keys) }
            #expect(seen == Set(pairs.map(\.own)))
        }
    }
}
#endif
