import PipServicesTesting
import Testing

@testable import PipServices

/// The table of expiring keys follows a simple model under random calls.
@Suite struct ExpiringTableTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64]) func itDoesWhatAPlainModelDoes(_ seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        var table = ExpiringTable<Int>()
        var model: [String: (value: Int, expiration: Duration, order: Int)] = [:]
        var now = Duration.zero
        for step in 0..<20_000 {
            let key = "\(random.next(in: 0..<200))"
            switch random.next(in: 0..<10) {
            case 0...4:
                let expiration = now + .seconds(random.next(in: 0..<50))
                // Storing a value again with the same time keeps its position.
                let order = model[key].flatMap { $0.expiration == expiration ? $0.order : nil } ?? step
                table.set(key, step, until: expiration, at: now)
                model[key] = (step, expiration, order)
            case 5:
                table.remove(key)
                model[key] = nil
            case 6: now += .seconds(random.next(in: 0..<3))
            case 7:
                let first = model.min { ($0.value.expiration, $0.value.order) < ($1.value.expiration, $1.value.order) }
                // The table may have removed expired values.
                guard let first, first.value.expiration > now, table.count == model.count else { continue }
                table.removeFirst()
                model[first.key] = nil
            default:
                let expected = model[key].flatMap { $0.expiration > now ? $0.value : nil }
                let got = table.value(key, at: now)
                #expect(got == expected, "seed \(seed), step \(step)")
            }
            model = model.filter { $0.value.expiration > now || table.expiration($0.key) != nil }
            try #require(table.count == model.count, "seed \(seed), step \(step)")
        }
    }

    @Test func firstsComeInOrder() {
        var queue = ExpiryQueue()
        let random = SeededRandom(seed: 7)
        var slots: [Int] = []
        for number in 0..<1000 { slots.append(queue.insert("\(number)", .seconds(random.next(in: 0..<100)))) }
        for slot in slots.prefix(500) { queue.update(slot, .seconds(random.next(in: 0..<100))) }
        for slot in slots.suffix(300) { queue.remove(slot) }
        #expect(queue.count == 700)
        var last = Duration.zero
        var seen: Set<String> = []
        while let first = queue.first, let number = Int(first.key) {
            #expect(first.expiration >= last)
            last = first.expiration
            seen.insert(first.key)
            queue.remove(slots[number])
        }
        #expect(seen.count == 700)
        #expect(queue.count == 0)
    }

    @Test("The table returns the values that it removes") func displacedValuesAreReturned() {
        var table = ExpiringTable<Int>()
        for number in 0..<4 { table.set("\(number)", number, until: .seconds(1 + number), at: .zero) }
        let displaced = table.set("3", 33, until: .seconds(9), at: .seconds(2))
        #expect(displaced.replaced == 3)
        #expect(displaced.expired.0 == 0)
        #expect(displaced.expired.1 == 1)
        let expired = table.find("2", at: .seconds(3))
        #expect(expired?.value == 2)
        #expect(expired?.isExpired == true)
        #expect(table.find("2", at: .seconds(3)) == nil)
        #expect(table.removeFirst() == 33)
        #expect(table.removeFirst() == nil)
    }

    @Test func aWriteDropsTwoThatHaveExpired() {
        var table = ExpiringTable<Int>()
        for number in 0..<10 { table.set("\(number)", number, until: .seconds(1), at: .zero) }
        table.set("a", 0, until: .seconds(9), at: .seconds(2))
        #expect(table.count == 9)
        table.set("a", 1, until: .seconds(9), at: .seconds(2))
        #expect(table.count == 7)
    }
}
