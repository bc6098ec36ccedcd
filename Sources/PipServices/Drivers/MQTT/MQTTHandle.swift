#if PIP_MQTT
internal import CMosquitto
import Glibc

/// An event of a connection.
enum MQTTEvent: Sendable {
    /// The broker accepted the connection.
    /// - Parameter maxPacketSize: the largest packet that the broker accepts; 0 for no limit.
    case accepted(isSessionPresent: Bool, maxPacketSize: Int)
    /// The broker refused the connection.
    case refused(MQTTConnectionError)
    /// A message is acknowledged or, at QoS 0, passed to the system.
    case published(mid: Int32, code: Int32)
    /// A subscription is acknowledged.
    case subscribed(mid: Int32, code: Int32)
    /// A message arrived. libmosquitto has already acknowledged it.
    case received(MQTTMessage, numbers: [Int])
    /// The broker ended the connection.
    case ended(MQTTConnectionError)
}

/// One libmosquitto connection, non-blocking and used by one thread.
///
/// Each connection uses a new handle. If libmosquitto reconnects itself, it keeps partially transferred QoS 2 messages
/// of the earlier connection under packet identifiers that the new session reuses.
///
/// libmosquitto invokes callbacks only inside the functions below. They append to `events`, which the caller processes
/// afterwards.
final class MQTTHandle {
    /// The result of sending a message.
    enum Sending {
        case sent(mid: Int32)
        /// The message cannot be sent on any connection.
        case rejected(MQTTFailure)
        /// The connection is lost.
        case lost(MQTTConnectionError)
    }

    private let mosquitto: OpaquePointer
    private let options: MQTTClientOptions
    private var events: [MQTTEvent] = []
    /// The last error that libmosquitto logged while connecting.
    private var lastError = ""

    /// Creates an unconnected handle.
    /// - Throws: if memory is exhausted or the TLS files cannot be used.
    init(_ options: MQTTClientOptions) throws(MQTTConnectionError) {
        _ = Self.library
        self.options = options
        let before = CloseOnExec.localSockets()
        guard let mosquitto = mosquitto_new(options.clientId, options.isClean, nil) else {
            throw MQTTConnectionError(reason: String(cString: strerror(errno)))
        }
        self.mosquitto = mosquitto
        // libmosquitto creates a socket pair to wake its own thread.
        for descriptor in CloseOnExec.localSockets().subtracting(before) { CloseOnExec.set(descriptor) }
        mosquitto_user_data_set(mosquitto, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
        try configure()
    }

    deinit { mosquitto_destroy(mosquitto) }

    /// The socket; nil if there is no connection.
    var descriptor: Int32? {
        withExtendedLifetime(self) {
            let descriptor = mosquitto_socket(mosquitto)
            return descriptor >= 0 ? descriptor : nil
        }
    }

    /// True if output is pending that the system does not accept yet.
    var wantsWrite: Bool { withExtendedLifetime(self) { mosquitto_want_write(mosquitto) } }

    /// Returns the events since the last call.
    func takeEvents() -> [MQTTEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Starts to connect.
    /// - Parameter host: a numeric address: libmosquitto would resolve a name without a time limit.
    func connect(to host: String) throws(MQTTConnectionError) {
        let port = Int32(options.address.port)
        let (code, number) = withExtendedLifetime(self) { () -> (Int32, Int32) in
            if options.isVersion5, !options.isClean {
                var properties: OpaquePointer?
                mosquitto_property_add_int32(&properties, PropertyId.sessionExpiry, options.sessionExpiry)
                // Only the blocking function accepts properties. With an invalid port, it stores them and returns.
                mosquitto_connect_bind_v5(mosquitto, host, -1, options.keepAlive, nil, properties)
                mosquitto_property_free_all(&properties)
            }
            let code = mosquitto_connect_bind_async(mosquitto, host, port, options.keepAlive, nil)
            return (code, errno)
        }
        guard code <= 0 else { throw failure(code, number) }
        if let descriptor {
            CloseOnExec.set(descriptor)
            Self.probeWhenIdle(descriptor)
        }
    }

    /// Reads the packets that have arrived, up to about `limit`.
    /// - Returns: true if more may have arrived.
    func read(limit: Int) throws(MQTTConnectionError) -> Bool {
        for _ in 0..<limit {
            let (code, number) = withExtendedLifetime(self) { () -> (Int32, Int32) in
                errno = 0
                let code = mosquitto_loop_read(mosquitto, 1)
                return (code, errno)
            }
            guard code <= 0 else { throw failure(code, number) }
            if number == EAGAIN || number == EWOULDBLOCK || descriptor == nil { return false }
        }
        return true
    }

    /// Sends pending output.
    func write() throws(MQTTConnectionError) {
        let (code, number) = withExtendedLifetime(self) { () -> (Int32, Int32) in
            errno = 0
            let code = mosquitto_loop_write(mosquitto, 1)
            return (code, errno)
        }
        guard code <= 0 else { throw failure(code, number) }
    }

    /// Sends a ping if one is due. Throws if the last one was not answered.
    func keepAlive() throws(MQTTConnectionError) {
        let code = withExtendedLifetime(self) { mosquitto_loop_misc(mosquitto) }
        guard code <= 0 else { throw failure(code, 0) }
    }

    /// Sends a message.
    func publish(_ message: MQTTMessage) -> Sending {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if options.isVersion5 {
            for property in message.properties {
                // libmosquitto does not validate values, and brokers close the connection for invalid ones.
                guard mosquitto_validate_utf8(property.value, Int32(property.value.utf8.count)) == 0,
                    mosquitto_property_add_string_pair(
                        &properties, PropertyId.user, property.name, property.value) == 0
                else {
                    return .rejected(
                        .invalid("the property '\(property.name)' has characters that MQTT does not carry"))
                }
            }
        }
        var mid: Int32 = 0
        let (code, number) = withExtendedLifetime(self) { () -> (Int32, Int32) in
            let code = message.payload.withUnsafeBytes {
                mosquitto_publish_v5(
                    mosquitto, &mid, message.topic, Int32($0.count), $0.baseAddress, Int32(message.qos),
                    message.isRetained, properties)
            }
            return (code, errno)
        }
        switch mosq_err_t(code) {
        case MOSQ_ERR_SUCCESS: return .sent(mid: mid)
        case MOSQ_ERR_QOS_NOT_SUPPORTED:
            return .rejected(.refused(code: 0x9B, "it accepts no message of QoS \(message.qos)"))
        case MOSQ_ERR_INVAL, MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_OVERSIZE_PACKET,
            MOSQ_ERR_NOT_SUPPORTED, MOSQ_ERR_DUPLICATE_PROPERTY, MOSQ_ERR_MALFORMED_PACKET, MOSQ_ERR_NOMEM:
            return .rejected(.invalid(String(cString: mosquitto_strerror(code))))
        default: return .lost(failure(code, number))
        }
    }

    /// Sends a subscribe request and returns its packet identifier; nil if the filter can't be sent to this broker.
    func subscribe(_ filter: String, qos: Int, number: Int) throws(MQTTConnectionError) -> Int32? {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if options.isVersion5 {
            mosquitto_property_add_varint(&properties, PropertyId.subscription, UInt32(clamping: number))
        }
        var mid: Int32 = 0
        let code = withExtendedLifetime(self) {
            mosquitto_subscribe_v5(mosquitto, &mid, filter, Int32(qos), 0, properties)
        }
        if Self.isInvalid(code) { return nil }
        guard code == 0 else { throw failure(code, errno) }
        return mid
    }

    /// True if a request can't be sent on any connection to this broker.
    private static func isInvalid(_ code: Int32) -> Bool {
        [MOSQ_ERR_INVAL, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_OVERSIZE_PACKET].contains(mosq_err_t(code))
    }

    /// Sends an unsubscribe request.
    func unsubscribe(_ filter: String) throws(MQTTConnectionError) {
        let code = withExtendedLifetime(self) { mosquitto_unsubscribe_v5(mosquitto, nil, filter, nil) }
        guard code == 0 || Self.isInvalid(code) else { throw failure(code, errno) }
    }

    /// Disconnects gracefully, so that the broker discards the will.
    func disconnect() { withExtendedLifetime(self) { _ = mosquitto_disconnect_v5(mosquitto, 0, nil) } }

    /// The description of a broker's reason code.
    static func reason(_ code: Int32) -> String { String(cString: mosquitto_reason_string(code)) }

    // MARK: - Internal

    /// The identifiers of the properties of MQTT 5 that the driver uses.
    private enum PropertyId {
        static let subscription: Int32 = 11
        static let sessionExpiry: Int32 = 17
        static let user: Int32 = 38
        static let maxPacketSize: Int32 = 39
    }

    /// Initializes libmosquitto, once.
    private static let library: Int32 = mosquitto_lib_init()

    private func configure() throws(MQTTConnectionError) {
        let options = options
        mosquitto_int_option(
            mosquitto, MOSQ_OPT_PROTOCOL_VERSION, options.isVersion5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311)
        mosquitto_int_option(mosquitto, MOSQ_OPT_TCP_NODELAY, 1)
        mosquitto_int_option(mosquitto, MOSQ_OPT_SEND_MAXIMUM, Int32(clamping: min(options.maxInFlight, 65_535)))
        let address = options.address
        if address.username != nil || address.password != nil {
            try check(mosquitto_username_pw_set(mosquitto, address.username ?? "", address.password))
        }
        if let will = options.will {
            try check(
                will.payload.withUnsafeBytes {
                    mosquitto_will_set_v5(
                        mosquitto, will.topic, Int32($0.count), $0.baseAddress, Int32(will.qos), will.isRetained, nil)
                })
        }
        guard let tls = address.tls else { return }
        let context: OpenSSLContext
        do throws(OpenSSLFailure) {
            context = try OpenSSLContext(
                caFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile,
                host: address.host)
        } catch {
            throw MQTTConnectionError(reason: error.reason, kind: .tls)
        }
        // Our own context, because libmosquitto would look for the numeric address in the certificate. It keeps a
        // reference.
        try withExtendedLifetime(context) { () throws(MQTTConnectionError) in
            try check(mosquitto_int_option(mosquitto, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0))
            try check(mosquitto_void_option(mosquitto, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(context.pointer)))
        }
    }

    private func check(_ code: Int32) throws(MQTTConnectionError) {
        if code != 0 { throw MQTTConnectionError(reason: String(cString: mosquitto_strerror(code)), kind: .refused) }
    }

    private func setCallbacks() {
        mosquitto_connect_v5_callback_set(mosquitto) { _, object, code, flags, properties in
            MQTTHandle.from(object)?.noteConnection(code, flags, properties)
        }
        mosquitto_disconnect_v5_callback_set(mosquitto) { _, object, code, _ in
            MQTTHandle.from(object)?.noteEnd(code)
        }
        mosquitto_publish_v5_callback_set(mosquitto) { _, object, mid, code, _ in
            MQTTHandle.from(object)?.events.append(.published(mid: mid, code: code))
        }
        mosquitto_subscribe_v5_callback_set(mosquitto) { _, object, mid, count, codes, _ in
            MQTTHandle.from(object)?.events.append(.subscribed(mid: mid, code: count > 0 ? codes?[0] ?? 0x80 : 0x80))
        }
        mosquitto_message_v5_callback_set(mosquitto) { _, object, message, properties in
            if let message { MQTTHandle.from(object)?.note(message.pointee, properties) }
        }
        // Only while connecting: libmosquitto would format a line for each packet.
        mosquitto_log_callback_set(mosquitto) { _, object, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            MQTTHandle.from(object)?.lastError = String(cString: text)
        }
    }

    private static func from(_ object: UnsafeMutableRawPointer?) -> MQTTHandle? {
        object.map { Unmanaged<MQTTHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    private func noteConnection(_ code: Int32, _ flags: Int32, _ properties: OpaquePointer?) {
        mosquitto_log_callback_set(mosquitto, nil)
        guard code == 0 else {
            // Each version has different codes for a refused login.
            let isAccess = options.isVersion5 ? [0x86, 0x87, 0x8C].contains(code) : [4, 5].contains(code)
            let isTemporary = options.isVersion5 ? [0x88, 0x89, 0x97, 0x9F].contains(code) : code == 3
            let reason = options.isVersion5 ? Self.reason(code) : String(cString: mosquitto_connack_string(code))
            let kind: MQTTConnectionError.Kind = isAccess ? .access : isTemporary ? .temporary : .refused
            return events.append(.refused(MQTTConnectionError(reason: reason, kind: kind)))
        }
        var size: UInt32 = 0
        mosquitto_property_read_int32(properties, PropertyId.maxPacketSize, &size, false)
        events.append(.accepted(isSessionPresent: flags & 1 == 1, maxPacketSize: Int(size)))
    }

    private func noteEnd(_ code: Int32) {
        // Smaller numbers are libmosquitto errors, which the functions also return.
        guard code >= 0x80 else { return }
        events.append(
            .ended(MQTTConnectionError(reason: Self.reason(code), kind: code == 0x8E ? .takenOver : .temporary)))
    }

    private func note(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        guard let topic = message.topic else { return }
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
        var received = MQTTMessage(
            String(cString: topic), Array(bytes), qos: Int(message.qos), isRetained: message.retain)
        var numbers: [Int] = []
        if options.isVersion5, properties != nil {
            received.properties = Self.userProperties(properties)
            var number: UInt32 = 0
            var found = mosquitto_property_read_varint(properties, PropertyId.subscription, &number, false)
            while found != nil {
                numbers.append(Int(number))
                found = mosquitto_property_read_varint(found, PropertyId.subscription, &number, true)
            }
        }
        events.append(.received(received, numbers: numbers))
    }

    private static func userProperties(_ properties: OpaquePointer?) -> [MQTTMessage.Property] {
        var result: [MQTTMessage.Property] = []
        var (name, value): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)
        var found = mosquitto_property_read_string_pair(properties, PropertyId.user, &name, &value, false)
        while found != nil {
            if let name, let value { result.append(.init(String(cString: name), String(cString: value))) }
            free(name)
            free(value)
            (name, value) = (nil, nil)
            found = mosquitto_property_read_string_pair(found, PropertyId.user, &name, &value, true)
        }
        return result
    }

    /// Converts a libmosquitto error code.
    private func failure(_ code: Int32, _ number: Int32) -> MQTTConnectionError {
        switch mosq_err_t(code) {
        case MOSQ_ERR_ERRNO where number != 0: return MQTTConnectionError(reason: String(cString: strerror(number)))
        case MOSQ_ERR_EAI: return MQTTConnectionError(reason: String(cString: gai_strerror(number)))
        case MOSQ_ERR_TLS:
            let details = lastError.isEmpty ? "" : " (\(lastError))"
            return MQTTConnectionError(reason: "the TLS handshake failed\(details)", kind: .tls)
        case MOSQ_ERR_KEEPALIVE: return MQTTConnectionError(reason: "the broker does not answer pings")
        default: return MQTTConnectionError(reason: String(cString: mosquitto_strerror(code)))
        }
    }

    // MARK: Descriptors

    /// Probes an idle connection after 15 s, three times in 15 s.
    private static func probeWhenIdle(_ descriptor: Int32) {
        let tcp = SOL_TCP
        for (level, name, value) in [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (tcp, TCP_KEEPIDLE, 15), (tcp, TCP_KEEPINTVL, 5), (tcp, TCP_KEEPCNT, 3),
        ] {
            var value = Int32(value)
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
#endif
