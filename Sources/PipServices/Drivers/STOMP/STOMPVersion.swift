#if PIP_ACTIVEMQ
/// A version of STOMP, and how it differs from the others.
enum STOMPVersion: String, Sendable, CaseIterable, Comparable {
    case v1_0 = "1.0"
    case v1_1 = "1.1"
    case v1_2 = "1.2"

    /// True if special characters in headers are escaped.
    var escapes: Bool { self != .v1_0 }

    /// True if a carriage return may end a line, and has an escape.
    var hasCarriageReturns: Bool { self == .v1_2 }

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
#endif
