#if PIP_ACTIVEMQ
/// A frame of STOMP.
struct STOMPFrame: Sendable, Equatable {
    var command: String
    var headers: STOMPHeaders
    var body: [UInt8]
    /// True if the frame was received with a body over the limit: the body was skipped.
    var isOversized = false

    init(_ command: String, _ headers: STOMPHeaders = [:], body: [UInt8] = []) {
        self.command = command
        self.headers = headers
        self.body = body
    }

    /// About as many bytes as it has on the wire.
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

    /// The value of a header; nil if it is missing. Setting one replaces all headers of that name.
    subscript(name: String) -> String? {
        get { list.first { $0.name.isSame(as: name) }?.value }
        set {
            let first = list.firstIndex { $0.name.isSame(as: name) }
            list.removeAll { $0.name.isSame(as: name) }
            if let newValue { list.insert(Header(name: name, value: newValue), at: first ?? list.endIndex) }
        }
    }

    /// Adds a header behind the others.
    mutating func append(_ name: String, _ value: String) { list.append(Header(name: name, value: value)) }
}
#endif
