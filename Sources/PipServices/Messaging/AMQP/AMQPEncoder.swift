/// Encodes AMQP 1.0 values in their shortest form.
struct AMQPEncoder {
    private(set) var bytes: [UInt8] = []

    /// Returns the encoding of one value.
    static func bytes(of value: AMQPValue) -> [UInt8] {
        var encoder = AMQPEncoder()
        encoder.add(value)
        return encoder.bytes
    }

    mutating func add(_ value: AMQPValue) {
        switch value {
        case .null: bytes.append(0x40)
        case .bool(let value): bytes.append(value ? 0x41 : 0x42)
        case .ubyte(let number): bytes += [0x50, number]
        case .ushort(let number): add(0x60, number)
        case .uint(0): bytes.append(0x43)
        case .uint(let number):
            if number < 256 { bytes += [0x52, UInt8(number)] } else { add(0x70, number) }
        case .ulong(0): bytes.append(0x44)
        case .ulong(let number):
            if number < 256 { bytes += [0x53, UInt8(number)] } else { add(0x80, number) }
        case .byte(let number): bytes += [0x51, UInt8(bitPattern: number)]
        case .short(let number): add(0x61, number)
        case .int(let number):
            if let small = Int8(exactly: number) {
                bytes += [0x54, UInt8(bitPattern: small)]
            } else {
                add(0x71, number)
            }
        case .long(let number):
            if let small = Int8(exactly: number) {
                bytes += [0x55, UInt8(bitPattern: small)]
            } else {
                add(0x81, number)
            }
        case .float(let number): add(0x72, number.bitPattern)
        case .double(let number): add(0x82, number.bitPattern)
        case .decimal(let value):
            bytes.append(value.count <= 4 ? 0x74 : value.count <= 8 ? 0x84 : 0x94)
            addPadded(value, to: value.count <= 4 ? 4 : value.count <= 8 ? 8 : 16)
        case .char(let code): add(0x73, code)
        case .timestamp(let time): add(0x83, time)
        case .uuid(let value):
            bytes.append(0x98)
            addPadded(value, to: 16)
        case .binary(let value): addVariable(0xA0, value)
        case .string(let text): addVariable(0xA1, Array(text.utf8))
        case .symbol(let text): addVariable(0xA3, Array(text.utf8))
        case .list(let values):
            guard !values.isEmpty else { return bytes.append(0x45) }
            addCompound(0xC0, values.count) { $0.add(all: values) }
        case .map(let map):
            addCompound(0xC1, map.pairs.count * 2) { encoder in
                for pair in map.pairs {
                    encoder.add(pair.key)
                    encoder.add(pair.value)
                }
            }
        case .array(let values): addArray(values)
        case .described(let descriptor, let value):
            bytes.append(0x00)
            add(descriptor)
            add(value)
        }
    }

    /// Appends a section of a message.
    mutating func addSection(_ code: UInt8, _ value: AMQPValue) {
        bytes += [0x00, 0x53, code]
        add(value)
    }

    /// Appends the section of a payload.
    mutating func addData(_ payload: [UInt8]) {
        bytes.reserveCapacity(bytes.count + payload.count + 8)
        bytes += [0x00, 0x53, 0x75]
        addVariable(0xA0, payload)
    }

    // MARK: - Internal

    private mutating func add(all values: [AMQPValue]) {
        for value in values { add(value) }
    }

    private mutating func add(_ code: UInt8, _ number: some FixedWidthInteger) {
        bytes.append(code)
        append(number)
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private mutating func addPadded(_ value: [UInt8], to size: Int) {
        bytes += value.prefix(size)
        bytes += [UInt8](repeating: 0, count: max(0, size - value.count))
    }

    private mutating func addVariable(_ code: UInt8, _ value: [UInt8]) {
        if value.count < 256 {
            bytes += [code, UInt8(value.count)]
        } else {
            add(code + 0x10, UInt32(clamping: value.count))
        }
        bytes += value
    }

    /// Appends a list or a map. The size field does not count itself.
    private mutating func addCompound(_ code: UInt8, _ count: Int, _ body: (inout AMQPEncoder) -> Void) {
        var inner = AMQPEncoder()
        body(&inner)
        if inner.bytes.count < 255, count < 256 {
            bytes += [code, UInt8(inner.bytes.count + 1), UInt8(count)]
        } else {
            add(code + 0x10, UInt32(clamping: inner.bytes.count + 4))
            append(UInt32(clamping: count))
        }
        bytes += inner.bytes
    }

    /// Appends an array, which has one constructor for all elements. Values without a common constructor are encoded as
    /// a list.
    private mutating func addArray(_ values: [AMQPValue]) {
        var inner = AMQPEncoder()
        var code: UInt8?
        for value in values {
            let own: UInt8
            switch value {
            case .uuid(let value):
                own = 0x98
                inner.addPadded(value, to: 16)
            case .long(let number):
                own = 0x81
                inner.append(number)
            case .int(let number):
                own = 0x71
                inner.append(number)
            case .string(let text):
                own = 0xB1
                inner.append(UInt32(clamping: text.utf8.count))
                inner.bytes += text.utf8
            case .symbol(let text):
                own = 0xB3
                inner.append(UInt32(clamping: text.utf8.count))
                inner.bytes += text.utf8
            case .binary(let value):
                own = 0xB0
                inner.append(UInt32(clamping: value.count))
                inner.bytes += value
            default: return add(.list(values))
            }
            guard code == nil || code == own else { return add(.list(values)) }
            code = own
        }
        guard let code else { return add(.list([])) }
        add(0xF0, UInt32(clamping: inner.bytes.count + 5))
        append(UInt32(clamping: values.count))
        bytes.append(code)
        bytes += inner.bytes
    }
}
