#if PIP_AMQP
internal import CProton
import Glibc

/// A proton connection over a socket, and the only type that calls proton. Used by one thread.
///
/// Each link has its own session, so a broker that ends the session because of an error in one link does not affect the
/// others.
final class AMQPHandle {
    /// An event reported by proton.
    enum Event {
        /// The broker has opened the connection and a first session.
        case opened
        /// The connection has ended.
        case ended(AMQPConnectionError)
        case linkOpened(Int)
        case linkEnded(Int, AMQPCondition)
        /// The link may have credit.
        case flow(Int)
        case delivery(Int, AMQPDelivery)
        /// The broker's outcome for a sent message.
        case outcome(link: Int, call: Int, AMQPOutcome)
        /// The broker's outcome for a received message.
        case settled(link: Int, AMQPDeliveryID, AMQPOutcome)
    }

    private struct Link {
        let pointer: OpaquePointer
        let session: OpaquePointer
        let isSender: Bool
        /// The broker confirms settlements.
        var settlesSecond = false
        /// The incomplete message being received, and whether it is too large.
        var partial: [UInt8] = []
        var isOversized = false
        var deliveries: Set<Int> = []
    }

    private let driver: UnsafeMutablePointer<pn_connection_driver_t>
    private let socket: AMQPSocket
    private let maxMessageSize: Int
    private var links: [Int: Link] = [:]
    /// Closed links, until the broker has confirmed their end.
    private var closing: [Int: Link] = [:]
    private var deliveries: [Int: OpaquePointer] = [:]
    /// Settlement events without a confirmation by the broker.
    private var settled: [Event] = []
    /// A session without links. RabbitMQ rejects a virtual host when the first session begins, not when the connection
    /// opens.
    private var firstSession: OpaquePointer?
    /// The number of the last delivery, unique across connections.
    private(set) var lastDelivery: Int
    private var end: AMQPConnectionError?
    private var hasReportedEnd = false

    /// The maximum number of bytes read before the thread sends again.
    private static let readLimit = 1 << 20
    private static let maxMapSize = 1 << 16

    /// - Parameter lastDelivery: the last number of the previous connection.
    /// - Throws: ``AMQPConnectionError`` if TLS cannot be set up.
    init(
        _ options: AMQPClientOptions, _ server: BrokerServer, _ socket: AMQPSocket, lastDelivery: Int
    ) throws(AMQPConnectionError) {
        self.socket = socket
        self.lastDelivery = lastDelivery
        maxMessageSize = options.maxMessageSize
        driver = .allocate(capacity: 1)
        driver.initialize(to: pn_connection_driver_t())
        guard pn_connection_driver_init(driver, nil, nil) == 0, let connection = driver.pointee.connection,
            let transport = driver.pointee.transport
        else {
            throw AMQPConnectionError(reason: "there is no memory")
        }
        pn_connection_set_container(connection, options.containerId)
        pn_connection_set_hostname(connection, options.virtualHost ?? server.host)
        pn_transport_set_idle_timeout(transport, pn_millis_t(clamping: options.idleTimeout.wholeMilliseconds))
        pn_transport_set_max_frame(transport, 64 << 10)
        let sasl = pn_sasl(transport)
        switch options.login {
        case .anonymous: pn_sasl_allowed_mechs(sasl, "ANONYMOUS")
        case .plain(let username, let password):
            pn_connection_set_user(connection, username)
            pn_connection_set_password(connection, password)
            pn_sasl_allowed_mechs(sasl, "PLAIN")
            pn_sasl_set_allow_insecure_mechs(sasl, true)
        }
        if server.isEncrypted { try encrypt(transport, options, server) }
        pn_connection_driver_bind(driver)
        pn_connection_open(connection)
    }

    deinit {
        pn_connection_driver_destroy(driver)
        driver.deallocate()
    }

    /// The file descriptor of the socket.
    var descriptor: Int32 { socket.descriptor }

    /// True if there are bytes to send.
    var wantsWrite: Bool { pn_connection_driver_write_buffer(driver).size > 0 }

    // MARK: - Input and output

    /// Reads the received bytes. True if there may be more.
    func read() -> Bool {
        var total = 0
        while total < Self.readLimit {
            let buffer = pn_connection_driver_read_buffer(driver)
            guard buffer.size > 0, let start = buffer.start else { return false }
            switch socket.receive(start, buffer.size) {
            case .bytes(let count):
                pn_connection_driver_read_done(driver, count)
                total += count
            case .nothing: return false
            case .ended(let reason):
                fail(AMQPConnectionError(reason: reason))
                pn_connection_driver_read_close(driver)
                return false
            }
            // Input causes events, which occupy the buffer until they are handled.
            if pn_connection_driver_has_event(driver) { return true }
        }
        return true
    }

    /// Sends pending bytes, as far as the socket accepts them.
    func write() {
        while true {
            let buffer = pn_connection_driver_write_buffer(driver)
            guard buffer.size > 0, let start = buffer.start else { return freeClosed() }
            switch socket.send(start, buffer.size) {
            case .bytes(let count): _ = pn_connection_driver_write_done(driver, count)
            case .nothing: return
            case .ended(let reason):
                fail(AMQPConnectionError(reason: reason))
                pn_connection_driver_write_close(driver)
                return
            }
        }
    }

    /// Sends heart-beats, and ends the connection if the broker is silent for too long.
    /// - Parameter now: the current time in ms.
    /// - Returns: when it must be called next; nil for never.
    func tick(_ now: Int64) -> Int64? {
        guard let transport = driver.pointee.transport else { return nil }
        let next = pn_transport_tick(transport, max(1, now))
        return next > 0 ? next : nil
    }

    /// Removes and returns the events.
    func takeEvents() -> [Event] {
        var events = settled
        settled = []
        while let event = pn_connection_driver_next_event(driver) { handle(event, &events) }
        if let end, !hasReportedEnd {
            hasReportedEnd = true
            events.append(.ended(end))
        }
        return events
    }

    /// Closes the connection gracefully.
    func close() {
        guard let connection = driver.pointee.connection else { return }
        pn_connection_close(connection)
    }

    // MARK: - Links

    func openSender(_ id: Int, _ address: String, isDurable: Bool) {
        guard let link = open(id, isSender: true), let target = pn_link_target(link) else { return }
        pn_terminus_set_type(target, PN_TARGET)
        pn_terminus_set_address(target, address)
        if isDurable { pn_terminus_set_durability(target, PN_DELIVERIES) }
        pn_terminus_set_address(pn_link_source(link), "sender-\(id)")
        pn_link_set_snd_settle_mode(link, PN_SND_UNSETTLED)
        pn_link_open(link)
    }

    func openReceiver(_ id: Int, _ source: AMQPSource) {
        guard let link = open(id, isSender: false), let terminus = pn_link_source(link) else { return }
        pn_terminus_set_type(terminus, PN_SOURCE)
        pn_terminus_set_address(terminus, source.address)
        if source.isDurable { pn_terminus_set_durability(terminus, PN_DELIVERIES) }
        if let filter = source.filter { Self.decode(.map(filter), into: pn_terminus_filter(terminus)) }
        if let properties = source.properties { Self.decode(.map(properties), into: pn_link_properties(link)) }
        pn_terminus_set_address(pn_link_target(link), source.target ?? "receiver-\(id)")
        pn_link_set_snd_settle_mode(link, source.isPresettled ? PN_SND_SETTLED : PN_SND_UNSETTLED)
        pn_link_set_rcv_settle_mode(link, source.settlesSecond ? PN_RCV_SECOND : PN_RCV_FIRST)
        links[id]?.settlesSecond = source.settlesSecond
        pn_link_set_max_message_size(link, UInt64(clamping: maxMessageSize))
        pn_link_open(link)
    }

    /// What the broker made of a link that is open.
    func attachment(_ id: Int) -> AMQPAttachment {
        guard let link = links[id] else { return AMQPAttachment() }
        return AMQPAttachment(
            name: String(cString: pn_link_name(link.pointer)),
            filter: Self.map(in: pn_terminus_filter(pn_link_remote_source(link.pointer))),
            properties: Self.map(in: pn_link_remote_properties(link.pointer)))
    }

    func closeLink(_ id: Int) {
        guard let link = links.removeValue(forKey: id) else { return }
        for delivery in link.deliveries { deliveries[delivery] = nil }
        pn_link_close(link.pointer)
        pn_session_close(link.session)
        closing[id] = link
    }

    /// The link credit: the number of messages that it may send or expects to receive.
    func credit(_ id: Int) -> Int { links[id].map { Int(pn_link_credit($0.pointer)) } ?? 0 }

    /// The maximum size of a message; nil if the broker sets no limit.
    func maxSize(_ id: Int) -> Int? {
        guard let link = links[id] else { return nil }
        let size = pn_link_remote_max_message_size(link.pointer)
        return size > 0 ? Int(clamping: size) : nil
    }

    /// Sends a message on a link with credit.
    func send(_ id: Int, call: Int, _ message: [UInt8]) {
        guard let link = links[id] else { return }
        let tag = withUnsafeBytes(of: UInt64(call).bigEndian) { Array($0) }
        let delivery = tag.withUnsafeBytes { pointer in
            pn_delivery(link.pointer, pn_dtag(pointer.baseAddress?.assumingMemoryBound(to: CChar.self), pointer.count))
        }
        guard let delivery else { return }
        pn_delivery_set_context(delivery, UnsafeMutableRawPointer(bitPattern: call))
        message.withUnsafeBytes { pointer in
            _ = pn_link_send(link.pointer, pointer.baseAddress?.assumingMemoryBound(to: CChar.self), pointer.count)
        }
        pn_link_advance(link.pointer)
    }

    /// Grants credit for messages.
    func flow(_ id: Int, _ count: Int) {
        guard let link = links[id], !link.isSender else { return }
        pn_link_flow(link.pointer, Int32(clamping: count))
    }

    /// Starts or stops draining the remaining credit.
    func setDrain(_ id: Int, _ drains: Bool) {
        guard let link = links[id], !link.isSender else { return }
        pn_link_set_drain(link.pointer, drains)
    }

    /// True until the broker has used or returned the drained credit.
    func isDraining(_ id: Int) -> Bool { links[id].map { pn_link_draining($0.pointer) } ?? false }

    /// Settles a delivery. The event ``Event/settled(link:_:_:)`` follows.
    /// - Returns: false if the delivery is no longer valid.
    func settle(_ id: AMQPDeliveryID, _ outcome: AMQPOutcome) -> Bool {
        guard let delivery = deliveries[id.number] else { return false }
        let local = pn_delivery_local(delivery)
        switch outcome {
        case .accepted: pn_delivery_update(delivery, UInt64(PN_ACCEPTED))
        case .released: pn_delivery_update(delivery, UInt64(PN_RELEASED))
        case .modified(let hasFailed, let isUndeliverable):
            pn_disposition_set_failed(local, hasFailed)
            pn_disposition_set_undeliverable(local, isUndeliverable)
            pn_delivery_update(delivery, UInt64(PN_MODIFIED))
        case .rejected(let condition, let info):
            if let condition, let own = pn_disposition_condition(local) {
                pn_condition_set_name(own, condition.name)
                pn_condition_set_description(own, condition.text)
                if !info.isEmpty { Self.decode(.map(info), into: pn_condition_info(own)) }
            }
            pn_delivery_update(delivery, UInt64(PN_REJECTED))
        }
        let link = Int(bitPattern: pn_link_get_context(pn_delivery_link(delivery)))
        if links[link]?.settlesSecond == false {
            deliveries[id.number] = nil
            links[link]?.deliveries.remove(id.number)
            pn_delivery_settle(delivery)
            settled.append(.settled(link: link, id, outcome))
        }
        return true
    }

    // MARK: - Internal

    /// Frees links that both sides have closed. If they were freed earlier, proton would settle deliveries that the
    /// broker must redeliver.
    private func freeClosed() {
        for (id, link) in closing where pn_session_state(link.session) & PN_REMOTE_CLOSED != 0 {
            closing[id] = nil
            pn_link_free(link.pointer)
            pn_session_free(link.session)
        }
    }

    private func fail(_ error: AMQPConnectionError) { if end == nil { end = error } }

    private func encrypt(
        _ transport: OpaquePointer, _ options: AMQPClientOptions, _ server: BrokerServer
    ) throws(AMQPConnectionError) {
        guard let domain = pn_ssl_domain(PN_SSL_MODE_CLIENT), let session = pn_ssl(transport) else {
            throw AMQPConnectionError(reason: "TLS is not available", kind: .tls)
        }
        // The session retains the parts of the domain that it needs.
        defer { pn_ssl_domain_free(domain) }
        if let file = options.authorityFile, pn_ssl_domain_set_trusted_ca_db(domain, file) != 0 {
            throw AMQPConnectionError(reason: "the authorities of '\(file)' can't be read", kind: .tls)
        }
        if let file = options.certificateFile,
            pn_ssl_domain_set_credentials(domain, file, options.keyFile, nil) != 0
        {
            throw AMQPConnectionError(reason: "the certificate of '\(file)' and its key can't be used", kind: .tls)
        }
        pn_ssl_domain_set_protocols(domain, "TLSv1.2 TLSv1.3")
        // By default, the certificate and its host name are verified.
        guard pn_ssl_init(session, domain, nil) == 0,
            pn_ssl_set_peer_hostname(session, options.serverName ?? server.host) == 0
        else { throw AMQPConnectionError(reason: "TLS can't be set up", kind: .tls) }
    }

    private func open(_ id: Int, isSender: Bool) -> OpaquePointer? {
        guard let connection = driver.pointee.connection, let session = pn_session(connection) else { return nil }
        let name = "\(String(cString: pn_connection_get_container(connection)))-\(id)"
        guard let link = isSender ? pn_sender(session, name) : pn_receiver(session, name) else {
            pn_session_free(session)
            return nil
        }
        pn_session_set_context(session, UnsafeMutableRawPointer(bitPattern: id))
        pn_link_set_context(link, UnsafeMutableRawPointer(bitPattern: id))
        links[id] = Link(pointer: link, session: session, isSender: isSender)
        pn_session_open(session)
        return link
    }

    private static func decode(_ value: AMQPValue, into data: OpaquePointer?) {
        guard let data else { return }
        let bytes = AMQPEncoder.bytes(of: value)
        pn_data_clear(data)
        bytes.withUnsafeBytes { pointer in
            _ = pn_data_decode(data, pointer.baseAddress?.assumingMemoryBound(to: CChar.self), pointer.count)
        }
    }

    /// The map that proton holds; empty for anything else, and for one that is too large to matter.
    private static func map(in data: OpaquePointer?) -> AMQPMap {
        guard let data else { return AMQPMap() }
        let size = pn_data_encoded_size(data)
        guard (1...maxMapSize).contains(size) else { return AMQPMap() }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let written = pn_data_encode(
                data, UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), size)
            count = min(max(0, written), size)
        }
        var decoder = AMQPDecoder(bytes)
        return (try? decoder.next())?.map ?? AMQPMap()
    }

    private func handle(_ event: OpaquePointer, _ events: inout [Event]) {
        switch pn_event_type(event) {
        case PN_CONNECTION_REMOTE_OPEN:
            firstSession = pn_session(pn_event_connection(event))
            if let firstSession { pn_session_open(firstSession) }
        case PN_SESSION_REMOTE_OPEN:
            guard let session = pn_event_session(event), session == firstSession else { return }
            firstSession = nil
            pn_session_close(session)
            events.append(.opened)
        case PN_CONNECTION_REMOTE_CLOSE:
            let condition = Self.condition(pn_connection_remote_condition(pn_event_connection(event)))
            fail(Self.error(condition ?? AMQPCondition(name: "", text: "the broker closed the connection")))
            close()
        case PN_TRANSPORT_ERROR:
            if let condition = Self.condition(pn_transport_condition(pn_event_transport(event))) {
                fail(Self.error(condition))
            }
        case PN_TRANSPORT_CLOSED: fail(AMQPConnectionError(reason: "the broker closed the connection"))
        case PN_LINK_REMOTE_OPEN:
            guard let (id, link) = find(event) else { return }
            let terminus = link.isSender ? pn_link_remote_target(link.pointer) : pn_link_remote_source(link.pointer)
            // A broker that rejects a link opens it without an address and then closes it.
            guard let terminus, pn_terminus_get_type(terminus) != PN_UNSPECIFIED else { return }
            events.append(.linkOpened(id))
        case PN_LINK_REMOTE_CLOSE, PN_LINK_REMOTE_DETACH:
            guard let (id, link) = find(event) else { return }
            let condition = Self.condition(pn_link_remote_condition(link.pointer))
            events.append(.linkEnded(id, condition ?? AMQPCondition(name: "", text: "the broker ended the link")))
        case PN_SESSION_REMOTE_CLOSE:
            guard let session = pn_event_session(event) else { return }
            let condition = Self.condition(pn_session_remote_condition(session))
            if session == firstSession {
                return fail(Self.error(condition ?? AMQPCondition(name: "", text: "the broker ended the session")))
            }
            let id = Int(bitPattern: pn_session_get_context(session))
            guard links[id]?.session == session else { return }
            events.append(.linkEnded(id, condition ?? AMQPCondition(name: "", text: "the broker ended the session")))
        case PN_LINK_FLOW: if let (id, _) = find(event) { events.append(.flow(id)) }
        case PN_DELIVERY: handle(delivery: event, &events)
        default: break
        }
    }

    private func find(_ event: OpaquePointer) -> (Int, Link)? {
        guard let pointer = pn_event_link(event) else { return nil }
        let id = Int(bitPattern: pn_link_get_context(pointer))
        guard let link = links[id], link.pointer == pointer else { return nil }
        return (id, link)
    }

    private func handle(delivery event: OpaquePointer, _ events: inout [Event]) {
        guard let (id, link) = find(event), let delivery = pn_event_delivery(event) else { return }
        if link.isSender {
            guard pn_delivery_updated(delivery) else { return }
            let outcome = Self.outcome(delivery)
            guard outcome != nil || pn_delivery_settled(delivery) else { return pn_delivery_clear(delivery) }
            let call = Int(bitPattern: pn_delivery_get_context(delivery))
            pn_delivery_settle(delivery)
            // A broker that settles without an outcome has accepted the message.
            events.append(.outcome(link: id, call: call, outcome ?? .accepted))
        } else if let known = Self.number(of: delivery) {
            guard pn_delivery_updated(delivery) else { return }
            let outcome = Self.outcome(delivery)
            guard pn_delivery_settled(delivery) else { return pn_delivery_clear(delivery) }
            deliveries[known] = nil
            links[id]?.deliveries.remove(known)
            pn_delivery_settle(delivery)
            events.append(.settled(link: id, AMQPDeliveryID(number: known), outcome ?? .accepted))
        } else {
            receive(delivery, id, link, &events)
        }
    }

    private static func number(of delivery: OpaquePointer) -> Int? {
        let number = Int(bitPattern: pn_delivery_get_context(delivery))
        return number > 0 ? number : nil
    }

    private func receive(_ delivery: OpaquePointer, _ id: Int, _ link: Link, _ events: inout [Event]) {
        if pn_delivery_aborted(delivery) {
            links[id]?.partial = []
            links[id]?.isOversized = false
            pn_delivery_settle(delivery)
            return
        }
        guard pn_delivery_readable(delivery), pn_link_current(link.pointer) == delivery else { return }
        let pending = pn_delivery_pending(delivery)
        let isOversized = link.isOversized || link.partial.count + pending > maxMessageSize
        let part = [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
            let read = pn_link_recv(
                link.pointer, UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), pending)
            count = max(0, Int(read))
        }
        if isOversized {
            links[id]?.partial = []
            links[id]?.isOversized = true
        } else if link.partial.isEmpty {
            links[id]?.partial = part
        } else {
            links[id]?.partial += part
        }
        guard !pn_delivery_partial(delivery) else { return }
        let message = links[id]?.partial ?? []
        links[id]?.partial = []
        links[id]?.isOversized = false
        pn_link_advance(link.pointer)
        lastDelivery += 1
        let tag = pn_delivery_tag(delivery)
        var arrived = AMQPDelivery(
            id: AMQPDeliveryID(number: lastDelivery),
            tag: Array(UnsafeRawBufferPointer(start: tag.start, count: tag.start == nil ? 0 : tag.size)),
            message: message)
        arrived.isOversized = isOversized
        if pn_delivery_settled(delivery) {
            arrived.isSettled = true
            pn_delivery_settle(delivery)
        } else {
            pn_delivery_set_context(delivery, UnsafeMutableRawPointer(bitPattern: lastDelivery))
            deliveries[lastDelivery] = delivery
            links[id]?.deliveries.insert(lastDelivery)
        }
        events.append(.delivery(id, arrived))
    }

    private static func outcome(_ delivery: OpaquePointer) -> AMQPOutcome? {
        let remote = pn_delivery_remote(delivery)
        switch Int(clamping: pn_delivery_remote_state(delivery)) {
        case Int(PN_ACCEPTED): return .accepted
        case Int(PN_RELEASED): return .released
        case Int(PN_REJECTED): return .rejected(condition(pn_disposition_condition(remote)))
        case Int(PN_MODIFIED):
            return .modified(
                hasFailed: pn_disposition_is_failed(remote), isUndeliverable: pn_disposition_is_undeliverable(remote))
        default: return nil
        }
    }

    private static func condition(_ condition: OpaquePointer?) -> AMQPCondition? {
        guard let condition, pn_condition_is_set(condition) else { return nil }
        func text(_ pointer: UnsafePointer<CChar>?) -> String {
            pointer.map { String(cString: $0) } ?? ""
        }
        return AMQPCondition(
            name: text(pn_condition_get_name(condition)), text: text(pn_condition_get_description(condition)))
    }

    /// Returns the error for a condition that closes a connection.
    private static func error(_ condition: AMQPCondition) -> AMQPConnectionError {
        let reason = String(condition.description.unicodeScalars.prefix(500))
        if condition.isOne(of: "amqp:unauthorized-access", "amqp:not-allowed") {
            return AMQPConnectionError(reason: reason, kind: .refused)
        }
        return AMQPConnectionError(reason: reason, kind: condition.text.begins(with: "SSL") ? .tls : .temporary)
    }
}
#endif
