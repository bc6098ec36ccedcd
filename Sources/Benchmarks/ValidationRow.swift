import PipServices

/// A typical argument of a command.
private struct Place: Decodable {
    enum Kind: String, Decodable, CaseIterable { case indoor, outdoor }
    struct Point: Decodable { var lat: Double, lon: Double }
    var id: String
    var name: String?
    var kind: Kind
    var size: Int
    var isOpen: Bool
    var at: Point
    var udis: [String]
}

private let place: AnyValue = [
    "id": "1", "name": "hall", "kind": "indoor", "size": 5, "isOpen": true, "at": ["lat": 1.5, "lon": 2.5],
    "udis": ["a", "b", "c"],
]

/// The same check, as one writes it by hand for this object alone. It tells only whether something is wrong.
private func isPlace(_ value: AnyValue) -> Bool {
    guard let map = value.map, map["id"]?.string != nil, let kind = map["kind"]?.string,
        kind == "indoor" || kind == "outdoor", case .integer? = map["size"], case .bool? = map["isOpen"],
        let point = map["at"]?.map, case .double? = point["lat"], case .double? = point["lon"],
        let udis = map["udis"]?.array
    else { return false }
    let name = map["name"] ?? .null
    return (name.isNull || name.string != nil) && udis.allSatisfy { $0.string != nil }
}

/// Checking an object of seven fields by its derived schema, against checks written by hand.
func validationRow(_ options: Options) throws -> Row {
    progress("validation of a typical object")
    guard case .schema(let schema) = DerivedSchema.of(Place.self), schema.validate(place).isEmpty, isPlace(place) else {
        throw BenchmarkError("the typical object is not valid")
    }
    let count = options.isQuick ? 20_000 : 100_000
    func time(_ body: () -> Bool) throws -> Double {
        let start = ContinuousClock.now
        var valid = 0
        for _ in 0..<count where body() { valid += 1 }
        let time = milliseconds(.now - start)
        guard valid == count else { throw BenchmarkError("the typical object was not valid") }
        return time * 1_000 / Double(count)
    }
    var row = ([Double](), [Double]())
    for round in 0..<7 {
        if round.isMultiple(of: 2) { row.0.append(try time { schema.validate(place).isEmpty }) }
        row.1.append(try time { isPlace(place) })
        if !round.isMultiple(of: 2) { row.0.append(try time { schema.validate(place).isEmpty }) }
    }
    return Row(name: "validation of a typical object, against checks by hand", unit: "us", ours: row.0, baseline: row.1)
}
