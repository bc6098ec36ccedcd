import FoundationEssentials
import PipServices

extension PersistenceContract {
    private typealias Item = PersistenceItem

    /// A filter and the equivalent Swift predicate.
    private struct Question: Sendable {
        let name: String
        let filter: Filter<PersistenceItem>
        let holds: @Sendable (PersistenceItem) -> Bool

        init(
            _ name: String, _ filter: Filter<PersistenceItem>, _ holds: @escaping @Sendable (PersistenceItem) -> Bool
        ) {
            self.name = name
            self.filter = filter
            self.holds = holds
        }
    }

    private static let noon = Date(timeIntervalSince1970: 1000)

    // The same fields for values of any type, as in a request or an expression.
    private static let anyKey = Field<PersistenceItem, AnyValue>("key") { $0.key.fieldValue }
    private static let anyName = Field<PersistenceItem, AnyValue>("name") { $0.name.fieldValue }
    private static let anyNumber = Field<PersistenceItem, AnyValue>("number") { $0.number.fieldValue }
    private static let anyActive = Field<PersistenceItem, AnyValue>("active") { $0.active.fieldValue }
    private static let anyTime = Field<PersistenceItem, AnyValue>("time") { $0.time.fieldValue }

    private static var questions: [Question] { questionsOfOneKind + questionsAcrossKinds }

    private static let questionsAcrossKinds: [Question] = [
        Question("a number is not its digits", anyNumber == AnyValue.string("3")) { _ in false },
        Question("digits are not their number", anyKey == AnyValue.integer(10)) { _ in false },
        Question("not equal to a value of another kind", anyNumber != AnyValue.string("3")) { _ in true },
        Question("a whole number equals a fraction", anyNumber == AnyValue.double(3)) { $0.number == 3 },
        Question("a number is not before a text", anyNumber < AnyValue.string("z")) { _ in false },
        Question("a text is not after a number", anyName > AnyValue.integer(0)) { _ in false },
        Question("not less holds across kinds", !(anyNumber < AnyValue.string("z"))) { _ in true },
        Question("true is not 1", anyActive == AnyValue.integer(1)) { _ in false },
        Question("1 is not true", anyNumber == AnyValue.bool(true)) { _ in false },
        Question("0 is not false", anyNumber == AnyValue.bool(false)) { _ in false },
        Question("a truth value is not after a number", anyActive > AnyValue.integer(-1)) { _ in false },
        Question("a truth value is not its name", anyActive == AnyValue.string("true")) { _ in false },
        Question("false is before true", anyActive < AnyValue.bool(true)) { $0.active == false },
        Question("a date is not its text", anyTime == AnyValue.string("1970-01-01T00:16:40.000Z")) { _ in false },
        Question("a date is not its milliseconds", anyTime == AnyValue.integer(1_000_000)) { _ in false },
        Question("a date is not after a text", anyTime > AnyValue.string("1900")) { _ in false },
        Question("a date is not after a number", anyTime >= AnyValue.integer(0)) { _ in false },
        Question("a text is not before a date", anyKey < AnyValue.date(noon)) { _ in false },
        Question("in values of several kinds", anyNumber.isIn([AnyValue.string("1"), .bool(true), .integer(3)])) {
            $0.number == 3
        },
        Question("a number has no prefix", anyNumber.hasPrefix("1")) { _ in false },
        Question("a number does not contain digits", anyNumber.contains("")) { _ in false },
    ]

    private static let questionsOfOneKind: [Question] = [
        Question("all", .all) { _ in true },
        Question("none", .none) { _ in false },
        Question("text equal", Item.keyField == "A") { $0.key == "A" },
        Question("text equal, other case", Item.keyField == "a") { _ in false },
        Question("text equal, empty", Item.keyField == "") { $0.key.isEmpty },
        Question("text equal, digits", Item.keyField == "10") { $0.key == "10" },
        Question("text not equal", Item.keyField != "A") { $0.key != "A" },
        Question("optional text equal", Item.nameField == "Bob") { $0.name == "Bob" },
        Question("optional text equal, composed otherwise", Item.nameField == "ä") { _ in false },
        Question("optional text not equal holds for null", Item.nameField != "Bob") { $0.name != "Bob" },
        Question("text is null", Item.nameField.isNull) { $0.name == nil },
        Question("text equals nil", Item.nameField == nil) { $0.name == nil },
        Question("text is not null", !Item.nameField.isNull) { $0.name != nil },
        Question("text never null", Item.keyField.isNull) { _ in false },
        Question("text less", Item.keyField < "B") { $0.key < "B" },
        Question("text greater, by code points", Item.nameField > "Bob") {
            ["anna", "annabel", "Ärger", "a\u{308}"].contains($0.name)
        },
        Question("text between", Item.keyField >= "A" && Item.keyField <= "B") { ["A", "B"].contains($0.key) },
        Question("digits as text are texts", Item.keyField < "9") { ["10", ""].contains($0.key) },
        Question("number equal", Item.numberField == 3) { $0.number == 3 },
        Question("number equal zero is not null", Item.numberField == 0) { $0.number == 0 },
        Question("number is null", Item.numberField.isNull) { $0.number == nil },
        Question("number not equal", Item.numberField != 3) { $0.number != 3 },
        Question("number less does not hold for null", Item.numberField < 3) { ($0.number ?? .max) < 3 },
        Question("number less or equal", Item.numberField <= 3) { ($0.number ?? .max) <= 3 },
        Question("number greater", Item.numberField > 3) { ($0.number ?? .min) > 3 },
        Question("number greater or equal", Item.numberField >= 3) { ($0.number ?? .min) >= 3 },
        Question("number not less holds for null", !(Item.numberField < 3)) { !(($0.number ?? .max) < 3) },
        Question("number compared with null", Item.numberField < nil) { _ in false },
        Question("number beyond 53 bits is exact", Item.numberField == 9_007_199_254_740_992) { _ in false },
        Question("number beyond 53 bits", Item.numberField == 9_007_199_254_740_993) { $0.id == "9" },
        Question("number range", Item.numberField > 0 && Item.numberField < 10) { (1...9).contains($0.number ?? 0) },
        Question("empty number range", Item.numberField > 5 && Item.numberField < 2) { _ in false },
        Question("fraction equal", Item.amountField == 1.5) { $0.amount == 1.5 },
        Question("fraction equal to a whole number", Item.amountField == 2) { $0.amount == 2 },
        Question("negative zero is zero", Item.amountField == -0.0) { $0.amount == 0 },
        Question("fraction less", Item.amountField < 0) { ($0.amount ?? 1) < 0 },
        Question("fraction greater than the largest", Item.amountField > 1e300) { _ in false },
        Question("truth value true", Item.activeField == true) { $0.active == true },
        Question("truth value false is not null", Item.activeField == false) { $0.active == false },
        Question("truth value null", Item.activeField.isNull) { $0.active == nil },
        Question("truth value not true", Item.activeField != true) { $0.active != true },
        Question("date equal", Item.timeField == noon) { $0.time == noon },
        Question("date after", Item.timeField > noon) { ($0.time ?? .distantPast) > noon },
        Question("date before does not hold for null", Item.timeField < noon) { ($0.time ?? .distantFuture) < noon },
        Question("date null", Item.timeField.isNull) { $0.time == nil },
        Question("text in", Item.keyField.isIn(["A", "C", "none"])) { ["A", "C"].contains($0.key) },
        Question("in nothing", Item.keyField.isIn([])) { _ in false },
        Question("in one, twice", Item.keyField.isIn(["A", "A"])) { $0.key == "A" },
        Question("number in", Item.numberField.isIn([1, 3, 100])) { [1, 3].contains($0.number) },
        Question("in with null", Item.numberField.isIn([1, nil])) { $0.number == nil || $0.number == 1 },
        Question("not in", !Item.keyField.isIn(["A", "B"])) { !["A", "B"].contains($0.key) },
        Question("prefix", Item.nameField.hasPrefix("anna")) { ["anna", "annabel"].contains($0.name) },
        Question("prefix ignoring case", Item.nameField.hasPrefix("ANNA", ignoringCase: true)) {
            ["anna", "annabel", "Anna"].contains($0.name)
        },
        Question("empty prefix holds for all texts", Item.nameField.hasPrefix("")) { $0.name != nil },
        Question("prefix beyond ASCII", Item.nameField.hasPrefix("Är")) { $0.id == "6" },
        Question("contains", Item.nameField.contains("nn")) { $0.name?.contains("nn") ?? false },
        Question("contains ignoring case", Item.nameField.contains("NNA", ignoringCase: true)) {
            ["1", "2", "8"].contains($0.id)
        },
        Question("contains nothing", Item.nameField.contains("")) { $0.name != nil },
        Question("contains what repeats itself", Item.nameField.contains("nab")) { $0.name == "annabel" },
        Question("matches ignoring case", Item.nameField.matches("ANNA")) { ["Anna", "anna"].contains($0.name) },
        Question("matches ignoring case beyond ASCII", Item.nameField.matches("äRGER")) { $0.id == "6" },
        Question("pattern characters are literal", Item.tagsField.includes("x*y")) { $0.id == "a" },
        Question("a dot in a string is literal", Field("tags", \Item.tags).contains("x.y")) { $0.id == "a" },
        Question("list includes", Item.tagsField.includes("red")) { $0.tags.contains("red") },
        Question("list includes, other case", Item.tagsField.includes("Red")) { $0.id == "8" },
        Question("list does not include", !Item.tagsField.includes("red")) { !$0.tags.contains("red") },
        Question("list includes any", Item.tagsField.includesAny(of: ["blue", "green"])) {
            !Set($0.tags).isDisjoint(with: ["blue", "green"])
        },
        Question("an item that includes several of them comes once", Item.tagsField.includesAny(of: ["red", "blue"])) {
            !Set($0.tags).isDisjoint(with: ["red", "blue"])
        },
        Question("list equals list", Item.tagsField == ["red", "blue"]) { $0.tags == ["red", "blue"] },
        Question("list equals list in another order", Item.tagsField == ["blue", "red"]) { _ in false },
        Question("list is empty", Item.tagsField == []) { $0.tags.isEmpty },
        Question("an element has the prefix", Item.tagsField.hasPrefix("r")) { $0.tags.contains { $0.hasPrefix("r") } },
        Question("nested equal", Item.cityField == "Berlin") { $0.place?.city == "Berlin" },
        Question("nested null or missing", Item.cityField.isNull) { $0.place?.city == nil },
        Question("nested number", Item.floorField >= 2) { ($0.place?.floor ?? 0) >= 2 },
        Question("and of two fields", Item.keyField == "C" && Item.numberField == 3) { $0.id == "a" },
        Question("and of three fields", Item.keyField == "C" && Item.activeField == true && Item.floorField.isNull) {
            $0.id == "9"
        },
        Question("or of two fields", Item.keyField == "A" || Item.numberField == 3) {
            $0.key == "A" || $0.number == 3
        },
        Question("or with itself", Item.keyField == "A" || Item.keyField == "A") { $0.key == "A" },
        Question("not of an and", !(Item.keyField == "C" && Item.numberField == 3)) { $0.id != "a" },
        Question("not of an or", !(Item.keyField == "A" || Item.keyField == "B")) { !["A", "B"].contains($0.key) },
        Question("twice not", !(!(Item.keyField == "A"))) { $0.key == "A" },
        Question("contradiction", Item.keyField == "A" && Item.keyField == "B") { _ in false },
        Question("all of none", .all(of: [])) { _ in true },
        Question("any of none", .any(of: [])) { _ in false },
        Question("nested or in and", (Item.keyField == "A" || Item.keyField == "C") && !Item.timeField.isNull) {
            ["A", "C"].contains($0.key) && $0.time != nil
        },
    ]

    static let filtering: [Case] = questions.flatMap { question in
        [
            Case("filter: \(question.name)") { run in
                try await fill(run)
                let expected = PersistenceItem.samples.filter(question.holds).map(\.id)
                try run.expect(ids(try await list(run, question.filter)), equals: expected, "list")
                try run.expect(
                    try await run.subject.getCount(run.context, where: question.filter), equals: expected.count, "count"
                )
                let page = try await run.subject.getPage(
                    run.context, where: question.filter, paging: PagingParams(skip: 1, take: 2, total: true),
                    sortedBy: .stored)
                try run.expect(ids(page.data), equals: Array(expected.dropFirst().prefix(2)), "page")
                try run.expect(page.total, equals: Int64(expected.count), "total")
                let sorted = try await run.subject.getList(
                    run.context, where: question.filter, sortedBy: PersistenceItem.numberField.descending)
                try run.expect(Set(ids(sorted)), equals: Set(expected), "sorted list")
                // The expression must match the same documents, and the same items if their fields are known only by
                // path.
                let expression = question.filter.expression
                let documents = try PersistenceItem.samples.filter {
                    expression.matches(try AnyValue(encoding: $0))
                }
                try run.expect(ids(documents), equals: expected, "documents")
                let byPath = Filter<PersistenceItem>(expression)
                try run.expect(
                    ids(PersistenceItem.samples.filter { byPath.matches($0) }), equals: expected, "by path")
                try run.expect(
                    ids(PersistenceItem.samples.filter { question.filter.matches($0) }), equals: expected, "in Swift")
                try run.expect(ids(try await list(run, byPath)), equals: expected, "list by path")
            },
            Case("delete by filter: \(question.name)") { run in
                try await fill(run)
                let left = PersistenceItem.samples.filter { !question.holds($0) }
                try run.expect(
                    try await run.subject.deleteByFilter(run.context, question.filter),
                    equals: PersistenceItem.samples.count - left.count, "deleted")
                try run.expect(try await list(run), equals: left, "left")
            },
        ]
    }
}
