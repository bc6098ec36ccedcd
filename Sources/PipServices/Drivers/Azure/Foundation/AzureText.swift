#if PIP_AZURE
internal import Crypto
import FoundationEssentials

/// String formats of requests to Azure.
enum AzureText {
    /// Formats a date for `Date` and `x-ms-date`: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ date: Date) -> String {
        let days = ISODate.milliseconds(date).quotient(dividingDown: 86_400_000)
        // 1970-01-31T12:00:00.000Z: its parts have fixed positions, because years have four digits.
        let text = Array(ISODate.format(date).utf8)
        guard text.count == 24, let month = Int(String(decoding: text[5..<7], as: UTF8.self)), (1...12).contains(month)
        else { return "" }
        // 1970-01-01 was a Thursday.
        let weekday = Int(days + 4 - (days + 4).quotient(dividingDown: 7) * 7)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return "\(weekdays[weekday]), \(part(8..<10)) \(months[month - 1]) \(part(0..<4)) \(part(11..<19)) GMT"
    }

    /// A time in whole seconds, in the format of signatures: `2024-01-31T12:00:00Z`.
    static func seconds(_ date: Date) -> String { String(ISODate.format(date).prefix(upTo: ".")) + "Z" }

    /// Percent-encodes everything except letters, digits and `-_.~`.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%")] + hex(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Two hexadecimal digits in upper case.
    static func hex(_ byte: UInt8) -> [UInt8] { [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }

    /// Encodes the fields of a form or a query.
    static func form(_ fields: [(name: String, value: String)]) -> String {
        fields.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    static func base64(_ bytes: some Sequence<UInt8>) -> String { Data(Array(bytes)).base64EncodedString() }

    /// Base64url without padding.
    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        base64(bytes).replacing(text: "+", with: "-").replacing(text: "/", with: "_").replacing(text: "=", with: "")
    }

    /// The SHA-256 of a string, in hexadecimal.
    static func hash(_ text: String) -> String {
        String(decoding: Crypto.SHA256.hash(data: Array(text.utf8)).flatMap(hex), as: UTF8.self).asciiLowercased
    }

    /// The HMAC-SHA256 of a string.
    static func mac(_ text: String, _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<Crypto.SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    // MARK: - Internal

    private static let digits = Array("0123456789ABCDEF".utf8)
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
#endif
