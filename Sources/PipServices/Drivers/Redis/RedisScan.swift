#if PIP_REDIS
/// The keys of a database as a sequence, read incrementally: ``RedisExecutor/scan(_:match:count:)``.
///
/// As with `SCAN`, a key may be returned twice, and keys that are added or removed during the scan may be missed.
public struct RedisScan: AsyncSequence, Sendable {
    /// A key.
    public typealias Element = String

    let executor: any RedisExecutor
    let context: Context
    let pattern: String?
    let count: Int

    /// Starts a scan from the beginning.
    public func makeAsyncIterator() -> Iterator { Iterator(scan: self) }

    /// Reads the keys in batches.
    public struct Iterator: AsyncIteratorProtocol {
        let scan: RedisScan
        private var keys: [String] = []
        private var cursor: String? = "0"

        init(scan: RedisScan) { self.scan = scan }

        /// Returns the next key; nil after the last one.
        /// - Throws: as ``RedisExecutor/execute(_:_:)``; `CancellationError`.
        public mutating func next() async throws -> String? {
            while keys.isEmpty, let cursor {
                let match = scan.pattern.map { ["MATCH", $0] } ?? []
                let command = RedisCommand("SCAN", [cursor] + match + ["COUNT", String(scan.count)])
                let reply = try await scan.executor.execute(scan.context, command)
                guard let parts = reply.array, parts.count == 2, let next = parts[0].text else {
                    throw RedisFailure.strange.error(scan.context, "SCAN")
                }
                // The last of them is returned first. Keys that are not UTF-8 do not belong to this toolkit.
                keys = (parts[1].array ?? []).reversed().compactMap(\.text)
                self.cursor = next == "0" ? nil : next
            }
            return keys.popLast()
        }
    }
}
#endif
