import Testing

@testable import PipServices

@Suite struct MemcachedServersTests {
    @Test("A server with enough consecutive failures is down for the configured time") func failedServerIsDown() {
        var servers = MemcachedServers(count: 2, rules: MemcachedOptions(failures: 2, reconnect: .seconds(10)))
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.epoch == 1)
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.down.isEmpty, "connections that break together count as one failure")
        servers.fail(0, epoch: 1, at: .seconds(2))
        #expect(servers.view.down == [0])
        #expect(servers.view.members == [0, 1])
        #expect(servers.lost == [0])
        #expect(servers.view(at: .seconds(11), for: 0).down == [0])
        #expect(servers.unusable(at: .seconds(11)) == 0)
        #expect(servers.view(at: .seconds(12), for: 1).down == [0], "a call to another server does not try it")
        #expect(servers.view(at: .seconds(12), for: 0).down.isEmpty)
        #expect(servers.view(at: .seconds(12), for: 0).down == [0], "one call tries it")
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(13))
        #expect(servers.view.down == [0], "then one failure is enough")
        #expect(servers.view(at: .seconds(22), for: 0).down == [0])
        #expect(servers.view(at: .seconds(23), for: nil).down.isEmpty)
        servers.succeed(0, epoch: servers.view.epoch)
        #expect(servers.lost.isEmpty && servers.view.down.isEmpty)
        #expect(!servers.view.isDoubtful)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(24))
        #expect(servers.view.down.isEmpty, "a success resets the count")
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(60))
        #expect(servers.view.down.isEmpty, "an old failure does not count")
        servers.fail(nil, epoch: servers.view.epoch, at: .seconds(61))
        servers.fail(7, epoch: servers.view.epoch, at: .seconds(61))
        #expect(servers.view.down.isEmpty)
    }

    @Test("With options.remove, others take over the keys of a failed server") func othersTakeOver() {
        var servers = MemcachedServers(
            count: 2, rules: MemcachedOptions(failures: 1, reconnect: .seconds(10), remove: true))
        servers.fail(1, epoch: 0, at: .zero)
        #expect(servers.view.members == [0])
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(1))
        #expect(servers.view.members == [0, 1])
        #expect(servers.view.down == [0, 1], "no server is left")
        let epoch = servers.view.epoch
        #expect(servers.view(at: .seconds(10), for: nil).members == [1])
        #expect(servers.view.epoch > epoch, "the keys move")
    }

    @Test("A server without any reply for the time of a call is down, however short its calls are")
    func silentServerIsDown() {
        let rules = MemcachedOptions(timeout: .seconds(5), failures: 5, reconnect: .seconds(10))
        var servers = MemcachedServers(count: 2, rules: rules)
        // Calls of 200 ms each.
        for tenth in stride(from: 10, to: 60, by: 2) {
            let start = Duration.milliseconds(tenth * 100)
            servers.noteSilence(of: 0, from: start, lastReply: .milliseconds(900), at: start + .milliseconds(200))
            #expect(servers.view.down.isEmpty == (tenth < 58), "\(tenth)")
        }
        #expect(servers.view.down == [0])
        #expect(servers.view(at: .seconds(15), for: 0).down == [0])
    }

    @Test("A server that replies to other calls is only slow") func slowServerIsUsed() {
        let rules = MemcachedOptions(timeout: .seconds(5), failures: 5, reconnect: .seconds(10))
        var servers = MemcachedServers(count: 1, rules: rules)
        for second in 0..<100 {
            let start = Duration.seconds(second)
            servers.noteSilence(of: 0, from: start, lastReply: start + .seconds(1), at: start + .seconds(5))
        }
        #expect(servers.view.down.isEmpty)
    }
}
