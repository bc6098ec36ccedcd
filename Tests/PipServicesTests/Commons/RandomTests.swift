import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

@Suite struct RandomTests {
    private static let seed: UInt64 = 4_711
    private let random = SeededRandom(seed: Self.seed)

    @Test func wholeNumbersStayWithinBounds() {
        var seen: Set<Int> = []
        for _ in 0..<200 {
            seen.insert(RandomInteger.nextInteger(-2, 3, random: random))
            #expect((0..<7).contains(RandomInteger.nextInteger(7, random: random)))
            #expect((90..<110).contains(RandomInteger.updateInteger(100, random: random)))
            #expect((-110 ..< -90).contains(RandomInteger.updateInteger(-100, random: random)))
            #expect((95..<105).contains(RandomLong.updateLong(100, range: 5, random: random)))
            #expect((3..<6).contains(RandomInteger.sequence(3, 6, random: random).count))
        }
        #expect(seen == [-2, -1, 0, 1, 2])
    }

    @Test(arguments: [(5, 5, 5), (5, 4, 5), (Int.max, Int.min, Int.max)])
    func withoutARangeTheLowerBoundIsGiven(min: Int, max: Int, result: Int) {
        #expect(RandomInteger.nextInteger(min, max, random: random) == result)
        #expect(RandomLong.nextLong(Int64(min), Int64(max), random: random) == Int64(result))
        #expect(RandomDouble.nextDouble(Double(min), Double(max), random: random) == Double(result))
    }

    @Test func extremesDoNotTrap() {
        for _ in 0..<100 {
            _ = RandomInteger.nextInteger(.min, .max, random: random)
            _ = RandomLong.nextLong(.min, .max, random: random)
            for value in [Int.min, -1, 0, 1, .max] {
                for range in [nil, Int.min, -1, 0, 1, .max] {
                    let next = RandomInteger.updateInteger(value, range: range, random: random)
                    if let range, range < 0 { #expect(next == value) }
                }
                #expect(RandomInteger.sequence(-1, random: random).isEmpty)
            }
            let limit = Double.greatestFiniteMagnitude
            #expect(RandomDouble.nextDouble(-limit, limit, random: random).isFinite)
            #expect(RandomFloat.nextFloat(1, Float(1).nextUp, random: random) == 1)
            #expect(RandomDouble.nextDouble(1, .infinity, random: random) == 1)
            for value in [Double.nan, .infinity, -.infinity, 0, limit] {
                _ = RandomDouble.updateDouble(value, random: random)
                _ = RandomDateTime.nextDate(to: Date(timeIntervalSince1970: value), random: random)
                _ = RandomDateTime.nextDateTime(to: Date(timeIntervalSince1970: value), random: random)
                _ = RandomDateTime.updateDateTime(Date(timeIntervalSince1970: value), random: random)
                _ = RandomBoolean.chance(value, -value, random: random)
            }
        }
    }

    @Test func fractionsStayWithinBounds() {
        for _ in 0..<200 {
            #expect((-1.5..<2).contains(RandomDouble.nextDouble(-1.5, 2, random: random)))
            #expect((0..<0.5).contains(RandomFloat.nextFloat(0.5, random: random)))
            #expect((90..<110).contains(RandomFloat.updateFloat(100, random: random)))
            #expect((-11 ..< -9).contains(RandomDouble.updateDouble(-10, random: random)))
        }
    }

    @Test("A number is changed within its range, and a negative range keeps it") func updates() {
        func changes<Value: Equatable>(_ value: Value, _ next: () -> Value) -> Bool {
            (0..<50).contains { _ in next() != value }
        }
        #expect(changes(10) { RandomInteger.updateInteger(10, random: random) })
        #expect(changes(10) { RandomInteger.updateInteger(10, range: 1, random: random) })
        #expect(changes(10) { RandomLong.updateLong(10, random: random) })
        #expect(changes(10) { RandomLong.updateLong(10, range: 1, random: random) })
        #expect(changes(10) { RandomFloat.updateFloat(10, random: random) })
        #expect(changes(10) { RandomFloat.updateFloat(10, range: 0.5, random: random) })
        #expect(changes(10) { RandomDouble.updateDouble(10, random: random) })
        #expect(changes(10) { RandomDouble.updateDouble(10, range: 0.5, random: random) })
        #expect(changes(10) { RandomDouble.updateDouble(10, range: 0, random: random) })
        #expect(!changes(true) { (9.5...10.5).contains(RandomDouble.updateDouble(10, range: 0.5, random: random)) })
        #expect(!changes(true) { (9.5...10.5).contains(RandomFloat.updateFloat(10, range: 0.5, random: random)) })
        #expect(RandomInteger.updateInteger(10, range: -1, random: random) == 10)
        #expect(RandomLong.updateLong(10, range: -1, random: random) == 10)
        #expect(RandomFloat.updateFloat(10, range: -1, random: random) == 10)
        #expect(RandomDouble.updateDouble(10, range: -1, random: random) == 10)
    }

    @Test func chancesAreMet() {
        let hits = (0..<6000).count { _ in RandomBoolean.chance(1, 6, random: random) }
        #expect((800..<1200).contains(hits))
        let heads = (0..<1000).count { _ in RandomBoolean.nextBoolean(random: random) }
        #expect((400..<600).contains(heads))
        #expect(!RandomBoolean.chance(0, 0, random: random))
        #expect(!RandomBoolean.chance(-1, 5, random: random))
        #expect(RandomBoolean.chance(5, 5, random: random))
    }

    @Test func datesLieBetweenTheirBounds() {
        let min = Date(timeIntervalSince1970: 1_000_000_000.5)
        let max = Date(timeIntervalSince1970: 1_000_500_000)
        for _ in 0..<100 {
            let date = RandomDateTime.nextDate(from: min, to: max, random: random)
            #expect((min..<max).contains(date))
            #expect(date.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) == 0)
            #expect((min..<max).contains(RandomDateTime.nextDateTime(from: min, to: max, random: random)))
            #expect(RandomDateTime.nextDateTime(to: max, random: random) >= Date(timeIntervalSince1970: 946_684_800))
            #expect(RandomDateTime.nextDate(to: max, random: random) < max)
            let near = RandomDateTime.updateDateTime(min, range: .seconds(2), random: random)
            #expect(abs(near.timeIntervalSince(min)) <= 2)
        }
        #expect(RandomDateTime.updateDateTime(min, range: .seconds(-1), random: random) == min)
        #expect(RandomDateTime.nextDateTime(from: max, to: min, random: random) == max)
        let noon = Date(timeIntervalSince1970: 100.5 * 86_400)
        #expect(
            RandomDateTime.nextDate(from: noon, to: noon.addingTimeInterval(60), random: random)
                == Date(timeIntervalSince1970: 100 * 86_400))
        let distances = (0..<100).map { _ in
            abs(RandomDateTime.updateDateTime(noon, random: random).timeIntervalSince(noon)) / 86_400
        }
        #expect(distances.allSatisfy { $0 <= 10 } && distances.contains { $0 > 1 })
    }

    @Test func textsAreMade() {
        for _ in 0..<100 {
            #expect((3..<6).contains(RandomString.nextString(3, 6, random: random).count))
            #expect(RandomString.nextAlphaChar(random: random).isLetter)
            #expect(["a", "b"].contains(RandomString.pickChar("ab", random: random)))
            #expect(RandomString.distort("hello", random: random).lowercased().hasPrefix("hello"))
            #expect((20..<45).contains(RandomText.phrase(20, 30, random: random).count))
            #expect(RandomText.text(50, random: random).count >= 50)
            #expect(RandomText.words(1, 3, random: random).first?.isUppercase == true)
            #expect(RandomText.fullName(random: random).split(separator: " ").count >= 2)
            let phone = RandomText.phone(random: random).split { $0.isNumber }
            #expect(phone.map(String.init) == ["(", ") ", "-"])
            #expect(RandomText.email(random: random).hasSuffix(".com"))
            for word in [RandomText.color, RandomText.noun, RandomText.adjective, RandomText.verb, RandomText.word] {
                #expect(!word(random).isEmpty)
            }
        }
        #expect(RandomText.phrase(-5, random: random).isEmpty)
        #expect(RandomText.phrase(0, random: random).isEmpty)
        #expect(!RandomText.phrase(1, random: random).isEmpty)
        #expect(RandomString.pick([], random: random).isEmpty)
        #expect(RandomString.pickChar("", random: random) == nil)
        #expect(RandomArray.pick([Int](), random: random) == nil)
        #expect(RandomArray.pick([7, 8][1...], random: random) == 8)
    }

    @Test func theSeedDecides() {
        func sample() -> [String] {
            let random = SeededRandom(seed: 5)
            return (0..<10).map { _ in
                RandomText.text(20, 60, random: random) + RandomString.nextString(5, 9, random: random)
            }
        }
        #expect(sample() == sample())
    }
}
