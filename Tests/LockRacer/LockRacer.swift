import Glibc
import PipServices

/// A process of the lock race: its tasks acquire one lock again and again, together with those of other processes, and
/// look whether somebody else holds it too. What proves it is a file that only one process can create.
///
/// Usage: `LockRacer DESCRIPTOR HOST PORT KEY FILE TASKS ACQUISITIONS`. Prints how often it acquired the lock and how
/// often it was not alone.
@main struct LockRacer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 8, let tasks = Int(arguments[6]), let total = Int(arguments[7]) else { exit(2) }
        guard let descriptor = try? Descriptor(parsing: arguments[1]) else { exit(2) }
        let container = Container("lock-racer", factories: [])
        await container.configure(
            ContainerConfig([
                ComponentConfig(
                    descriptor,
                    [
                        "connection.host": arguments[2], "connection.port": arguments[3],
                        "options.retry_timeout": "20", "options.command_timeout": "1000",
                    ])
            ]))
        try await container.open(.empty)
        let lock = try container.references.getOneRequired(Locator("\(descriptor)"), as: (any Lock).self)
        let (key, file) = (arguments[4], arguments[5])
        let (left, held, shared) = (Locked(total), Locked(0), Locked(0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    while left.withLock({ left in
                        left -= 1
                        return left >= 0
                    }) {
                        await race(lock, key, file, held, shared)
                    }
                }
            }
        }
        print("RESULT \(held.current) \(shared.current)")
        try await container.close(.empty)
    }

    /// Acquires the lock once, however often that takes.
    private static func race(
        _ lock: any Lock, _ key: String, _ file: String, _ held: Locked<Int>, _ shared: Locked<Int>
    ) async {
        while true {
            guard let lease = try? await lock.acquire(.empty, key, ttl: .seconds(4), timeout: .seconds(60)) else {
                continue
            }
            // One that is nearly over proves nothing.
            guard lease.validUntil - lock.clock.uptime > .seconds(2) else { continue }
            let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY, 0o600)
            if descriptor < 0 { shared.withLock { $0 += 1 } }
            await Task.yield()
            if descriptor >= 0 {
                close(descriptor)
                unlink(file)
            }
            held.withLock { $0 += 1 }
            // When the answer is lost, it may or may not be released: asking again does no harm.
            for _ in 0..<5 where (try? await lock.release(.empty, lease)) != nil { break }
            return
        }
    }
}
