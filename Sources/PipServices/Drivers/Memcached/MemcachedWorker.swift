/// A thread of a ``MemcachedPool``. It executes calls sequentially with its own client.
struct MemcachedWorker: Sendable {
    let number: Int
    let wakeup: Wakeup
    let pool: MemcachedPool

    /// Executes calls until the pool is closed.
    func run() {
        executeCalls()
        // The connections are closed by now.
        pool.workerEnded()
    }

    // MARK: - Internal

    private func executeCalls() {
        var slot = WorkerSlot()
        var executed: (any MemcachedJob)?
        while true {
            let step = pool.nextStep(of: number)
            // Only now: a caller that makes its next call at once finds this worker idle, with a warm connection.
            executed?.deliver()
            executed = nil
            switch step {
            case .execute(let call):
                execute(call, &slot)
                executed = call
            case .rest: wakeup.wait()
            case .end: return
            }
        }
    }

    private func execute(_ call: any MemcachedJob, _ slot: inout WorkerSlot) {
        if call.isDone { return }
        let (clock, options, now) = (pool.clock, pool.options, pool.clock.uptime)
        guard call.deadline > now else {
            return call.fail(MemcachedFault(kind: .abandoned, reason: "the deadline passed in the queue"))
        }
        let view = pool.view(at: now, for: call.server)
        let timeout = min(options.timeout, call.deadline - now)
        do throws(MemcachedFault) {
            let before = slot.replacements
            defer { pool.meter?.noteReconnects(slot.replacements - before) }
            let client = try slot.client(
                for: view, at: now, maxIdle: options.idle, maxAge: options.maxAge, create: pool.createClient)
            client.setTimeout(milliseconds: Int(clamping: timeout.wholeMilliseconds))
            client.isAbandoned = { call.isDone || clock.uptime >= call.deadline }
            // An idle client must not keep the call and its value in memory.
            defer { client.isAbandoned = { false } }
            try call.execute(on: client)
            let end = clock.uptime
            slot.markUsed(at: end)
            if let server = client.lastServer { pool.noteReply(of: server, at: end) }
            if view.isDoubtful { pool.serversSucceeded(client.contactedServers, epoch: view.epoch) }
        } catch {
            var fault = error
            let end = clock.uptime
            if fault.kind == .timedOut, let server = fault.server {
                // With several servers, the time of a server's request is unknown.
                pool.serverWasSilent(server, from: call.server == nil ? end : now, at: end, fault.reason)
            }
            // A server that had little time is not marked as failed: other callers would suffer.
            if fault.kind == .timedOut, timeout < options.timeout / 2 {
                fault = MemcachedFault(kind: .abandoned, reason: fault.reason, server: fault.server)
            }
            if fault.kind == .connectionFailed || fault.kind == .timedOut {
                pool.serverFailed(fault.server, epoch: view.epoch, fault.reason)
            }
            // Before the client is discarded: closing connections may take time.
            call.fail(fault)
            if fault.leavesClientUsable { slot.markUsed(at: clock.uptime) } else { slot.discard() }
        }
    }
}
