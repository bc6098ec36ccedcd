#if PIP_CURL
internal import CCurl

/// What libcurl reads of a request while it carries it out: the lines of its header, and its body.
///
/// They lie in memory that one request after the other uses. libcurl would take a piece of memory of its own for each line,
/// and one more for its place in the list.
final class CurlRequestMemory {
    private var text = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var places = UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)
    private var body = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// More than this is given back after each request.
    private static let mostKept = 16 << 10

    deinit {
        text.deallocate()
        places.deallocate()
        body.deallocate()
    }

    /// The lines of a request's header, which stay until the next call of this.
    func lines(of request: HTTPClientRequest) -> UnsafeMutablePointer<curl_slist>? {
        var (count, size) = (0, 0)
        Self.forEachLine(of: request) { name, sign, value in
            count += 1
            size += name.utf8.count + sign.utf8.count + value.utf8.count + 1
        }
        if text.count < size {
            text.deallocate()
            text = .allocate(byteCount: max(size, 512), alignment: 1)
        }
        if places.count < count {
            places.deallocate()
            places = .allocate(capacity: max(count, 16))
        }
        guard let first = places.baseAddress, var end = text.baseAddress else { return nil }
        var place = first
        Self.forEachLine(of: request) { name, sign, value in
            let start = end.assumingMemoryBound(to: CChar.self)
            end = Self.put(value, at: Self.put(sign, at: Self.put(name, at: end)))
            end.storeBytes(of: 0, as: UInt8.self)
            end += 1
            place.initialize(to: curl_slist(data: start, next: place + 1))
            place += 1
        }
        // There is a line always.
        (place - 1).pointee.next = nil
        return first
    }

    /// A copy of a body, which stays until the next call of this. Never nil, which to libcurl would mean that the body
    /// comes by a callback.
    func copy(_ bytes: [UInt8]) -> UnsafePointer<CChar>? {
        if body.baseAddress == nil || body.count < bytes.count {
            body.deallocate()
            body = .allocate(byteCount: max(bytes.count, 512), alignment: 1)
        }
        body.copyBytes(from: bytes)
        return UnsafeRawPointer(body.baseAddress)?.assumingMemoryBound(to: CChar.self)
    }

    /// Keeps what a small request needs. libcurl must no longer read any of it.
    func shrink() {
        if text.count > Self.mostKept {
            text.deallocate()
            text = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        if body.count > Self.mostKept {
            body.deallocate()
            body = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        if places.count * MemoryLayout<curl_slist>.stride > Self.mostKept {
            places.deallocate()
            places = UnsafeMutableBufferPointer(start: nil, count: 0)
        }
    }

    // MARK: - Internal

    /// Puts a text somewhere.
    /// - Returns: where it ends.
    private static func put(_ part: String, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var part = part
        return part.withUTF8 { bytes in
            if let source = bytes.baseAddress { place.copyMemory(from: source, byteCount: bytes.count) }
            return place + bytes.count
        }
    }

    private static func forEachLine(
        of request: HTTPClientRequest, _ body: (_ name: String, _ sign: String, _ value: String) -> Void
    ) {
        // Nothing of its own accord: no wait for a 100, no type of a form.
        body("Expect", ":", "")
        if request[header: "Content-Type"] == nil { body("Content-Type", ":", "") }
        if request[header: "Accept"] == nil { body("Accept", ":", "") }
        for (name, value) in request.headers {
            if value.isEmpty { body(name, ";", "") } else { body(name, ": ", value) }
        }
    }
}
#endif
