/// The position of an operation in a trace: the header fields `traceparent` and `tracestate` of W3C Trace Context.
///
/// ```swift
/// let parent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
/// ```
/// ``Context/traceParent`` carries it through a service. Send its ``child(_:)`` with a call to another service.
public struct TraceParent: Sendable, Hashable {
    /// The trace id, shared by all services of a trace; never zero.
    public var trace: UInt128
    /// The span id of the caller; never zero.
    public var parent: UInt64
    /// The trace flags. The lowest bit is ``isSampled``.
    public var flags: UInt8
    /// Vendor-specific data (`tracestate`), unchanged.
    public var state: String?

    /// Parses the header fields by version 00, and the known parts of later versions.
    ///
    /// Returns nil if `traceparent` is malformed. A `tracestate` that is malformed or longer than 512 bytes is dropped.
    public init?(_ header: String, state: String? = nil) {
        let bytes = Array(header.trimmed.utf8.prefix(Self.length + 1))
        let dash = UInt8(ascii: "-")
        guard bytes.count >= Self.length, [2, 35, 52].allSatisfy({ bytes[$0] == dash }),
            let version = Self.number(bytes[0..<2], as: UInt8.self), version != 0xFF,
            bytes.count == Self.length || version != 0 && bytes[Self.length] == dash,
            let trace = Self.number(bytes[3..<35], as: UInt128.self), trace != 0,
            let parent = Self.number(bytes[36..<52], as: UInt64.self), parent != 0,
            let flags = Self.number(bytes[53..<55], as: UInt8.self)
        else { return nil }
        self.trace = trace
        self.parent = parent
        // Of later versions, only the known bit is passed on.
        self.flags = version == 0 ? flags : flags & 1
        self.state = state.flatMap(Self.checked)
    }

    /// Starts a new trace.
    public init(_ random: some RandomSource, isSampled: Bool = true) {
        trace = UInt128(Self.nonZero(random)) << 64 | UInt128(random.next())
        parent = Self.nonZero(random)
        flags = isSampled ? 1 : 0
    }

    /// Returns the same trace with a new span id, to send with a call to another service.
    public func child(_ random: some RandomSource) -> TraceParent {
        var child = self
        child.parent = Self.nonZero(random)
        return child
    }

    /// True if the caller records the trace.
    public var isSampled: Bool { flags & 1 != 0 }

    /// ``trace`` as 32 hexadecimal digits. It is the toolkit's trace id if no other was sent.
    public var traceId: String { Self.hex(trace, digits: 32) }

    /// ``parent`` as 16 hexadecimal digits.
    public var parentId: String { Self.hex(parent, digits: 16) }

    // MARK: - Internal

    private static let length = 55

    /// Upper-case digits are malformed.
    private static func number<Number: FixedWidthInteger>(_ digits: ArraySlice<UInt8>, as: Number.Type) -> Number? {
        var number: Number = 0
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            number = number << 4 | Number(value)
        }
        return number
    }

    private static func hex(_ number: some FixedWidthInteger, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func nonZero(_ random: some RandomSource) -> UInt64 {
        let number = random.next()
        return number == 0 ? 1 : number
    }

    private static func checked(_ state: String) -> String? {
        let state = state.trimmed
        guard (1...512).contains(state.utf8.count), state.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return nil
        }
        return state
    }
}

extension TraceParent: CustomStringConvertible {
    /// The header field `traceparent`, in version 00.
    public var description: String { "00-\(traceId)-\(parentId)-\(Self.hex(flags, digits: 2))" }
}
