import Glibc
import PipServices

/// A process of the lock race: its tasks acquire one lock again and again, together with those of other processes, and
/// look whether somebody else holds it too. What proves it is a file that only one process can create.
///
/// Usage: `LockRacer DESCRIPTOR KEY FILE TASKS ACQUISITIONS SETTING VALUE...`. Prints how often it acquired the lock and
/// how often it was not alone.
@main struct LockRacer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 6, let tasks = Int(arguments[4]), let total = Int(arguments[5]) else { exit(2) }
        guard let descriptor = try? Descriptor(parsing: arguments[1]) else { exit(2) }
        var config: ConfigParams = ["options.retry_timeout": "20"]
        for index in stride(from: 6, to: arguments.count - 1, by: 2) { config[arguments[index]] = arguments[index + 1] }
        let container = Container("lock-racer", factories: [])
        await container.configure(ContainerConfig([ComponentConfig(descriptor, config)]))
        try await container.open(.empty)
        let lock = try container.references.getOneRequired(Locator("\(descriptor)"), as: (any Lock).self)
        let (key, file) = (arguments[2], arguments[3])
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
            guard let lease = try? await lock.acquire(.empty, key, ttl: .seconds(10), timeout: .seconds(60)) else {
                continue
            }
            // One that is nearly over proves nothing.
            guard lease.validUntil - lock.clock.uptime > .seconds(5) else {
                _ = try? await lock.release(.empty, lease)
                continue
            }
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
