import Testing

@testable import PipServices

@Suite struct MemcachedServersTests {
    @Test("A server with enough consecutive failures is down until its time is over") func failedServerIsDown() {
        var servers = MemcachedServers(count: 2, rules: MemcachedOptions(failures: 2, reconnect: .seconds(10)))
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.epoch == 1)
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: 0, at: .seconds(1))
        #expect(servers.view.down.isEmpty, "connections that break together count as one failure")
        servers.fail(0, epoch: 1, at: .seconds(2))
        #expect(servers.view.down == [0])
        #expect(servers.view.members == [0, 1])
        servers.refresh(at: .seconds(11))
        #expect(servers.view.down == [0])
        servers.refresh(at: .seconds(12))
        #expect(servers.view.down.isEmpty)
        servers.fail(0, epoch: servers.view.epoch, at: .seconds(13))
        #expect(servers.view.down == [0], "then one failure is enough")
        servers.refresh(at: .seconds(23))
        servers.succeed(0, epoch: servers.view.epoch)
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
        servers.refresh(at: .seconds(10))
        #expect(servers.view.members == [1])
        #expect(servers.view.epoch > epoch, "the keys move")
    }
}
