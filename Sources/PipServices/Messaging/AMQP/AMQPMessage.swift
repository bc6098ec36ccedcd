/// An AMQP 1.0 message.
struct AMQPMessage: Sendable, Hashable {
    /// The payload.
    enum Body: Sendable, Hashable {
        case data([UInt8])
        case value(AMQPValue)
        case sequence([AMQPValue])
    }

    // The header section.
    var isDurable = false
    var priority: UInt8?
    /// The time to live of the message, in ms.
    var timeToLive: UInt32?
    /// False if it may have been delivered before; nil if the broker does not report it.
    var isFirstAcquirer: Bool?
    /// The number of failed deliveries.
    var deliveryCount: UInt32 = 0

    /// The message annotations, for the broker.
    var annotations = AMQPMap()

    // The properties section.
    var messageId = AMQPValue.null
    var to: String?
    var subject: String?
    var replyTo: String?
    var correlationId = AMQPValue.null
    var contentType: String?
    /// The creation time, in ms since 1970.
    var created: Int64?
    var groupId: String?

    /// The application properties, set by the sender.
    var properties = AMQPMap()
    var body = Body.value(.null)

    init() {}

    /// The encoded message.
    var encoded: [UInt8] {
        var encoder = AMQPEncoder()
        var header: [AMQPValue] = [
            .bool(isDurable), priority.map { .ubyte($0) } ?? .null, timeToLive.map { .uint($0) } ?? .null,
        ]
        Self.trim(&header)
        encoder.addSection(0x70, .list(header))
        if !annotations.isEmpty { encoder.addSection(0x72, .map(annotations)) }
        func text(_ text: String?) -> AMQPValue { text.map { .string($0) } ?? .null }
        var fields: [AMQPValue] = [
            messageId, .null, text(to), text(subject), text(replyTo), correlationId,
            contentType.map { .symbol($0) } ?? .null, .null, .null, created.map { .timestamp($0) } ?? .null,
            text(groupId),
        ]
        Self.trim(&fields)
        if !fields.isEmpty { encoder.addSection(0x73, .list(fields)) }
        if !properties.isEmpty { encoder.addSection(0x74, .map(properties)) }
        switch body {
        case .data(let payload): encoder.addData(payload)
        case .value(let value): encoder.addSection(0x77, value)
        case .sequence(let values): encoder.addSection(0x76, .list(values))
        }
        return encoder.bytes
    }

    /// Decodes a message.
    /// - Throws: ``AMQPCodecError`` for invalid bytes.
    init(_ bytes: [UInt8]) throws(AMQPCodecError) {
        var decoder = AMQPDecoder(bytes)
        var data: [UInt8]?
        while !decoder.isAtEnd {
            let code = try decoder.sectionCode()
            let value = try decoder.next(depth: 1)
            switch code {
            case 0x70: readHeader(value.list ?? [])
            case 0x72: annotations = value.map ?? annotations
            case 0x73: readProperties(value.list ?? [])
            case 0x74: properties = value.map ?? properties
            case 0x75:
                guard let part = value.bytes else { throw AMQPCodecError(reason: "the payload is not binary") }
                if data == nil { data = part } else { data? += part }
            case 0x76: body = .sequence(value.list ?? [])
            case 0x77: body = .value(value)
            // Delivery annotations and the footer are ignored.
            case 0x71, 0x78: break
            default: throw AMQPCodecError(reason: "the section \(code) is unknown")
            }
        }
        if let data { body = .data(data) }
    }

    // MARK: - Internal

    /// Removes trailing null fields, which need not be sent.
    private static func trim(_ fields: inout [AMQPValue]) {
        while let last = fields.last, last.isNull { fields.removeLast() }
    }

    private mutating func readHeader(_ fields: [AMQPValue]) {
        func field(_ index: Int) -> AMQPValue { index < fields.count ? fields[index] : .null }
        isDurable = field(0).bool ?? false
        priority = field(1).integer.flatMap { UInt8(exactly: $0) }
        timeToLive = field(2).integer.flatMap { UInt32(exactly: $0) }
        isFirstAcquirer = field(3).bool
        deliveryCount = field(4).integer.map { UInt32(clamping: $0) } ?? 0
    }

    private mutating func readProperties(_ fields: [AMQPValue]) {
        func field(_ index: Int) -> AMQPValue { index < fields.count ? fields[index] : .null }
        messageId = field(0)
        to = field(2).text
        subject = field(3).text
        replyTo = field(4).text
        correlationId = field(5)
        contentType = field(6).text
        if case .timestamp(let time) = field(9) { created = time }
        groupId = field(10).text
    }
}
