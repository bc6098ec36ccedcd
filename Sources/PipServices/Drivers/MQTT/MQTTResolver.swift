#if PIP_MQTT
import Glibc

/// Resolves the names of hosts. It blocks, so it runs on a thread of its own.
enum MQTTResolver {
    /// Returns the addresses of a host as text, each once, in the system's order.
    static func addresses(of host: String) throws(MQTTConnectionError) -> [String] {
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, nil, &list)
        guard code == 0, let first = list else {
            let reason = code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))
            throw MQTTConnectionError(reason: "'\(host)' can't be resolved: \(reason)")
        }
        defer { freeaddrinfo(first) }
        var addresses: [String] = []
        for candidate in sequence(first: first, next: { $0.pointee.ai_next }) {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let info = candidate.pointee
            guard
                getnameinfo(
                    info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
            if !addresses.contains(sameAs: address) { addresses.append(address) }
        }
        guard !addresses.isEmpty else { throw MQTTConnectionError(reason: "'\(host)' has no address") }
        return addresses
    }
}
#endif
