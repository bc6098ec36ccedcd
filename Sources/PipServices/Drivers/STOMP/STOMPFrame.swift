#if PIP_ACTIVEMQ
/// A STOMP frame.
struct STOMPFrame: Sendable, Equatable {
    var command: String
    var headers: STOMPHeaders
    var body: [UInt8]
    /// True if the body of a received frame exceeded the limit and was skipped.
    var isOversized = false

    init(_ command: String, _ headers: STOMPHeaders = [:], body: [UInt8] = []) {
        self.command = command
        self.headers = headers
        self.body = body
    }

    /// The approximate size on the wire, in bytes.
    var size: Int {
        headers.list.reduce(command.utf8.count + body.count + 4) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 }
    }
}

/// The headers of a frame, in their order. If a name occurs more than once, the first one wins, as STOMP requires.
struct STOMPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    struct Header: Sendable, Equatable {
        var name: String
        var value: String
    }

    private(set) var list: [Header] = []

    init(dictionaryLiteral elements: (String, String)...) {
        list = elements.map { Header(name: $0.0, value: $0.1) }
    }

    /// The value of a header; nil if it is missing. Setting it replaces all headers with that name.
    subscript(name: String) -> String? {
        get { list.first { $0.name.isSame(as: name) }?.value }
        set {
            let first = list.firstIndex { $0.name.isSame(as: name) }
            list.removeAll { $0.name.isSame(as: name) }
            if let newValue { list.insert(Header(name: name, value: newValue), at: first ?? list.endIndex) }
        }
    }

    /// Appends a header.
    mutating func append(_ name: String, _ value: String) { list.append(Header(name: name, value: value)) }
}
#endif
