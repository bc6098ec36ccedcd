#if PIP_ACTIVEMQ
/// A version of STOMP, with its differences from the others.
enum STOMPVersion: String, Sendable, CaseIterable, Comparable {
    case version10 = "1.0"
    case version11 = "1.1"
    case version12 = "1.2"

    /// True if special characters in headers are escaped.
    var escapes: Bool { self != .version10 }

    /// True if a line can end with a carriage return and line feed, and a carriage return can be escaped.
    var hasCarriageReturns: Bool { self == .version12 }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
#endif
