extension UInt8 {
    /// An ASCII letter in lower case; any other byte unchanged.
    var asciiLowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }

    /// An ASCII letter in upper case; any other byte unchanged.
    var asciiUppercased: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }

    /// The value of a hexadecimal digit in ASCII; nil for any other byte.
    var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
