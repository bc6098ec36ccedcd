#if PIP_ACTIVEMQ
/// A connection to a broker from `CONNECT` to its end: a state machine without I/O that receives frames and the time
/// from its caller.
struct STOMPSession {
    /// The login of a client. Contains a secret.
    struct Login: Sendable {
        var host = "/"
        var username: String?
        var password: String?
        /// Identifies the client to the broker, for durable subscriptions of ActiveMQ.
        var clientId: String?
        var versions: [STOMPVersion] = STOMPVersion.allCases
        /// The interval of heart-beats in both directions on an idle connection; zero for none.
        var heartBeat = Duration.seconds(10)
        /// The maximum silence of the broker while a call awaits its receipt; zero for no limit.
        var silenceLimit = Duration.seconds(10)
    }

    /// The meaning of a received frame.
    enum Event: Equatable {
        case connected(STOMPVersion)
        case message(STOMPFrame)
        case receipt(String)
        /// The broker rejected the client or a call, and the session has ended.
        /// - Parameter receipt: the call that failed, if the broker names it.
        case refused(reason: String, receipt: String?)
        /// A frame without meaning for the session.
        case ignored
    }

    /// An action that is due.
    enum Tick: Equatable {
        case nothing
        case sendHeartBeat
        /// The broker has been silent for too long.
        case lost(String)
    }

    private enum Phase {
        case connecting, open, closed
    }

    private let login: Login
    private var phase = Phase.connecting
    private var lastInput: Duration
    private var lastOutput: Duration
    private var waitingSince: Duration?
    /// The negotiated intervals; zero for no heart-beats in that direction.
    private(set) var sendInterval = Duration.zero
    private(set) var receiveInterval = Duration.zero

    init(_ login: Login, at now: Duration) {
        self.login = login
        (lastInput, lastOutput) = (now, now)
    }

    /// The first frame.
    var connectFrame: STOMPFrame {
        let beat = login.heartBeat.wholeMilliseconds
        var frame = STOMPFrame(
            "CONNECT",
            [
                "accept-version": login.versions.map(\.rawValue).joined(separator: ","), "host": login.host,
                "heart-beat": "\(beat),\(beat)",
            ])
        if let username = login.username { frame.headers["login"] = username }
        if let password = login.password { frame.headers["passcode"] = password }
        if let clientId = login.clientId { frame.headers["client-id"] = clientId }
        return frame
    }

    /// Accepts a frame of the broker.
    /// - Throws: ``STOMPProtocolError`` for an unexpected frame, after which the session has ended.
    mutating func receive(_ frame: STOMPFrame) throws(STOMPProtocolError) -> Event {
        switch (ScalarText(frame.command), phase) {
        case (_, .closed): return .ignored
        case ("ERROR", _):
            phase = .closed
            return .refused(reason: Self.reason(frame), receipt: frame.headers["receipt-id"])
        case ("CONNECTED", .connecting):
            do {
                return .connected(try connect(frame))
            } catch {
                phase = .closed
                throw error
            }
        case ("MESSAGE", .open): return .message(frame)
        case ("RECEIPT", .open): return frame.headers["receipt-id"].map { .receipt($0) } ?? .ignored
        default:
            phase = .closed
            throw STOMPProtocolError("the broker sends '\(frame.command.shortened)' where that is not expected")
        }
    }

    /// Records received bytes.
    mutating func noteInput(at now: Duration) { lastInput = now }

    /// Records sent bytes.
    mutating func noteOutput(at now: Duration) { lastOutput = now }

    /// Records whether calls await receipts. While they do, the broker's silence is limited.
    mutating func noteWaiting(_ isWaiting: Bool, at now: Duration) {
        waitingSince = isWaiting ? waitingSince ?? now : nil
    }

    /// Returns the action that is due now.
    func tick(at now: Duration) -> Tick {
        guard phase == .open else { return .nothing }
        if let end = lossTime, now >= end {
            return .lost("the broker has sent nothing for \((now - lastInput).wholeMilliseconds) ms")
        }
        if let time = beatTime, now >= time { return .sendHeartBeat }
        return .nothing
    }

    /// The next time to call ``tick(at:)``; nil for never.
    var nextTick: Duration? {
        guard phase == .open else { return nil }
        return [beatTime, lossTime].compactMap(\.self).min()
    }

    // MARK: - Internal

    /// Half the interval allows for delays, because brokers tolerate little.
    private var beatTime: Duration? { sendInterval > .zero ? lastOutput + sendInterval / 2 : nil }

    private var lossTime: Duration? {
        let silent = receiveInterval > .zero ? lastInput + receiveInterval * 2 : nil
        guard let waitingSince, login.silenceLimit > .zero else { return silent }
        let late = max(lastInput, waitingSince) + login.silenceLimit
        return silent.map { min($0, late) } ?? late
    }

    private mutating func connect(_ frame: STOMPFrame) throws(STOMPProtocolError) -> STOMPVersion {
        // A STOMP 1.0 broker sends no version.
        let name = frame.headers["version"] ?? STOMPVersion.version10.rawValue
        guard let version = login.versions.first(where: { $0.rawValue.isSame(as: name) }) else {
            throw STOMPProtocolError("the broker wants STOMP \(name.shortened), which was not offered")
        }
        if version > .version10 { try agree(onHeartBeats: frame.headers["heart-beat"] ?? "0,0") }
        phase = .open
        return version
    }

    private mutating func agree(onHeartBeats text: String) throws(STOMPProtocolError) {
        let parts = text.parts(separatedBy: ",").map { Int($0.trimmed) }
        guard parts.count == 2, let sends = parts[0], let wants = parts[1], min(sends, wants) >= 0 else {
            throw STOMPProtocolError("the broker's heart-beat is '\(text.shortened)'; expected two numbers")
        }
        func interval(_ peer: Int) -> Duration {
            guard peer > 0, login.heartBeat > .zero else { return .zero }
            return max(login.heartBeat, .milliseconds(min(peer, 1_000_000_000)))
        }
        (sendInterval, receiveInterval) = (interval(wants), interval(sends))
    }

    /// Returns the message of an ERROR frame, without ActiveMQ's stack trace.
    private static func reason(_ frame: STOMPFrame) -> String {
        let header = frame.headers["message"] ?? ""
        let body = String(decoding: frame.body.prefix(1_000).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let parts = [header, body].filter { !$0.isEmpty }
        return parts.isEmpty ? "the broker gives no reason" : parts.joined(separator: ": ").shortened
    }
}
#endif
