/// Calls in the order in which they came.
struct MemcachedQueue {
    private var items: [(any MemcachedJob)?] = []
    private var head = 0

    var count: Int { items.count - head }

    var all: [any MemcachedJob] { items[head...].compactMap { $0 } }

    mutating func append(_ job: any MemcachedJob) { items.append(job) }

    mutating func popFirst() -> (any MemcachedJob)? {
        guard head < items.count else { return nil }
        let first = items[head]
        items[head] = nil
        head += 1
        // Room is given back now and then, so that taking one stays cheap.
        if head == items.count {
            items.removeAll(keepingCapacity: items.capacity <= 1024)
            head = 0
        } else if head > 1024, head > items.count / 2 {
            items.removeFirst(head)
            head = 0
        }
        return first
    }

    mutating func removeAll() -> [any MemcachedJob] {
        defer {
            items = []
            head = 0
        }
        return all
    }
}
