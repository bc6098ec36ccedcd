#if PIP_HTTP
import Hummingbird

/// What the REST rows of `make bench` return: 64 bytes of JSON, or 4 KB of a page of them. The benchmark serves the same
/// types from this project.
struct Item: ResponseCodable {
    let id: String
    let label: String
    let radius: Double
    let floor: Int

    /// The items, by their ids.
    static let all = Dictionary(
        uniqueKeysWithValues: (1...100).map { number in
            ("beacon-\(number)", Item(id: "beacon-\(number)", label: "Beacon \(number)", radius: 12.5, floor: 100))
        })
}

/// A page of items.
struct ItemPage: ResponseCodable {
    let data: [Item]
    let total: Int

    /// As many as make 4 KB.
    init(around item: Item) {
        data = Array(repeating: item, count: 62)
        total = 62
    }
}
#endif
