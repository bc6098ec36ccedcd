import Synchronization

/// Round-robin order of the addresses of one service. Addresses that failed within the last second come last. All calls
/// are safe from any task.
public final class AddressRotation: Sendable {
    /// The number of addresses.
    public let count: Int
    private let clock: any ClockSource
    private let next: Atomic<Int>
    /// Until when an address comes last; nil for a reachable one.
    private let avoided: Locked<[Duration?]>
    private static let avoidance = Duration.seconds(1)

    /// Creates a rotation. The first address is random, so that clients do not all start with the same one.
    public init(count: Int, clock: any ClockSource, random: any RandomSource) {
        self.count = max(0, count)
        self.clock = clock
        next = Atomic(random.next(in: 0..<max(1, count)))
        avoided = Locked(Array(repeating: nil, count: max(0, count)))
    }

    /// Returns all addresses, starting with the next one in turn; unreachable ones come last.
    public func order() -> [Int] {
        guard count > 0 else { return [] }
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        let first = ((turn % count) + count) % count
        let all = (0..<count).map { (first + $0) % count }
        let avoided = avoided.current
        guard avoided.contains(where: { $0 != nil }) else { return all }
        let now = clock.uptime
        let late = all.filter { avoided[$0].map { now < $0 } ?? false }
        return all.filter { !late.contains($0) } + late
    }

    /// Records whether an address could be reached.
    public func note(_ index: Int, isReachable: Bool) {
        let end = isReachable ? nil : clock.uptime + Self.avoidance
        avoided.withLock { if $0.indices.contains(index), $0[index] != end { $0[index] = end } }
    }
}
