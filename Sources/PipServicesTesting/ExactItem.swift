import FoundationEssentials
import PipServices

/// A value for contracts with an address and a number that no `Double` can represent.
struct ExactItem: Codable, Sendable, Equatable {
    var price: Decimal
    var least: Decimal
    var link: URL

    static func sample() throws -> ExactItem {
        try JSONConverter.fromJSON(
            ExactItem.self,
            #"{"price":12345678901234567890.5,"least":0.10000000000000000001,"link":"https://shop.example/a?b=c#d"}"#)
    }
}
