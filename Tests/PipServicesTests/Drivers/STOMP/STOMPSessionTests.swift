#if PIP_ACTIVEMQ
import Testing

@testable import PipServices

/// A session without a socket.
@Suite struct STOMPSessionTests {
    private static func session(
        heartBeat: Duration = .seconds(10), silenceLimit: Duration = .seconds(5), _ connected: STOMPHeaders? = nil
    ) throws -> STOMPSession {
        var login = STOMPSession.Login()
        (login.heartBeat, login.silenceLimit) = (heartBeat, silenceLimit)
        var session = STOMPSession(login, at: .zero)
        if let connected { _ = try session.receive(STOMPFrame("CONNECTED", connected)) }
        return session
    }

    @Test("CONNECT offers all versions, the login and heart-beats") func connect() throws {
        var login = STOMPSession.Login(host: "v", username: "u", password: "p", clientId: "c")
        login.heartBeat = .milliseconds(1500)
        let frame = STOMPSession(login, at: .zero).connectFrame
        #expect(
            frame
                == STOMPFrame(
                    "CONNECT",
                    [
                        "accept-version": "1.0,1.1,1.2", "host": "v", "heart-beat": "1500,1500", "login": "u",
                        "passcode": "p", "client-id": "c",
                    ]))
        let anonymous = try Self.session().connectFrame
        #expect(anonymous.headers["login"] == nil)
        #expect(anonymous.headers["client-id"] == nil)
    }

    @Test(
        "The version is the one that the broker names",
        arguments: [(nil, .version10), ("1.0", .version10), ("1.1", .version11), ("1.2", .version12)]
            as [(String?, STOMPVersion)])
    func version(_ text: String?, _ version: STOMPVersion) throws {
        var session = try Self.session()
        var frame = STOMPFrame("CONNECTED")
        frame.headers["version"] = text
        #expect(try session.receive(frame) == .connected(version))
    }

    @Test(
        "A handshake that STOMP does not allow ends the session",
        arguments: [
            STOMPFrame("CONNECTED", ["version": "2.0"]), STOMPFrame("MESSAGE"), STOMPFrame("RECEIPT"),
            STOMPFrame("NOISE"),
            STOMPFrame("CONNECTED", ["version": "1.2", "heart-beat": "x"]),
            STOMPFrame("CONNECTED", ["version": "1.2", "heart-beat": "-1,0"]),
            STOMPFrame("CONNECTED", ["version": "1.2", "heart-beat": "1,2,3"]),
        ])
    func badHandshake(_ frame: STOMPFrame) throws {
        var session = try Self.session()
        #expect(throws: STOMPProtocolError.self) { try session.receive(frame) }
        #expect(try session.receive(STOMPFrame("CONNECTED", ["version": "1.2"])) == .ignored)
    }

    @Test("Frames are processed, but not after an ERROR") func frames() throws {
        var session = try Self.session(["version": "1.2"])
        let message = STOMPFrame("MESSAGE", ["ack": "1"])
        #expect(try session.receive(message) == .message(message))
        #expect(try session.receive(STOMPFrame("RECEIPT", ["receipt-id": "7"])) == .receipt("7"))
        #expect(try session.receive(STOMPFrame("RECEIPT")) == .ignored)
        var error = STOMPFrame("ERROR", ["message": "not_found", "receipt-id": "8"])
        error.body = Array("no queue\n\tat org.apache".utf8)
        #expect(try session.receive(error) == .refused(reason: "not_found: no queue", receipt: "8"))
        #expect(try session.receive(message) == .ignored)
        #expect(session.nextTick == nil)
        #expect(session.tick(at: .seconds(1000)) == .nothing)
    }

    @Test("An open session accepts no second CONNECTED") func secondConnected() throws {
        var session = try Self.session(["version": "1.2"])
        #expect(throws: STOMPProtocolError.self) { try session.receive(STOMPFrame("CONNECTED", ["version": "1.2"])) }
    }

    @Test(
        "Heart-beats are as slow as the slower side",
        arguments: [
            (10, "0,0", 0, 0), (10, "5000,20000", 20, 10), (10, "30000,0", 0, 30), (0, "1000,1000", 0, 0),
            (10, "10000,10000", 10, 10),
        ])
    func intervals(_ own: Int, _ theirs: String, _ send: Int, _ receive: Int) throws {
        let session = try Self.session(heartBeat: .seconds(own), ["version": "1.2", "heart-beat": theirs])
        #expect(session.sendInterval == .seconds(send))
        #expect(session.receiveInterval == .seconds(receive))
    }

    @Test("STOMP 1.0 has no heart-beats") func noHeartBeats() throws {
        let session = try Self.session(["version": "1.0", "heart-beat": "1000,1000"])
        #expect(session.nextTick == nil)
    }

    @Test("An idle session sends heart-beats in time, and a silent broker is lost after twice the interval")
    func heartBeats() throws {
        var session = try Self.session(["version": "1.2", "heart-beat": "10000,10000"])
        #expect(session.nextTick == .seconds(5))
        #expect(session.tick(at: .milliseconds(4999)) == .nothing)
        #expect(session.tick(at: .seconds(5)) == .sendHeartBeat)
        session.noteOutput(at: .seconds(5))
        #expect(session.nextTick == .seconds(10))
        session.noteOutput(at: .seconds(18))
        #expect(session.tick(at: .milliseconds(19_999)) == .nothing)
        #expect(session.tick(at: .seconds(20)) == .lost("the broker has sent nothing for 20000 ms"))
        session.noteInput(at: .seconds(20))
        #expect(session.tick(at: .seconds(22)) == .nothing)
    }

    @Test("While a call awaits its receipt, the broker's silence is limited") func silence() throws {
        var session = try Self.session(["version": "1.2"])
        #expect(session.nextTick == nil)
        session.noteWaiting(true, at: .seconds(100))
        session.noteWaiting(true, at: .seconds(104))
        #expect(session.nextTick == .seconds(105))
        #expect(session.tick(at: .milliseconds(104_999)) == .nothing)
        #expect(session.tick(at: .seconds(105)) == .lost("the broker has sent nothing for 105000 ms"))
        session.noteInput(at: .seconds(103))
        #expect(session.tick(at: .seconds(105)) == .nothing)
        session.noteWaiting(false, at: .seconds(106))
        #expect(session.nextTick == nil)
    }

    @Test("Without a limit, the broker may be silent for any time") func noSilenceLimit() throws {
        var session = try Self.session(silenceLimit: .zero, ["version": "1.2"])
        session.noteWaiting(true, at: .zero)
        #expect(session.tick(at: .seconds(100_000)) == .nothing)
    }

    @Test("The first reconnection is immediate, further ones have an exponential back-off") func reconnector() {
        let random = SystemRandom()
        var reconnector = STOMPReconnector(delay: .seconds(1), maxDelay: .seconds(10))
        reconnector.noteConnection(at: .zero)
        #expect(reconnector.noteLoss(at: .seconds(1), random) == .zero)
        let second = reconnector.noteLoss(at: .seconds(2), random)
        #expect(second > .zero && second <= .seconds(1))
        // A session that ends soon is no success.
        reconnector.noteConnection(at: .seconds(3))
        let third = reconnector.noteLoss(at: .seconds(4), random)
        #expect(third >= .milliseconds(1000) && third <= .seconds(2))
        for _ in 0..<10 { #expect(reconnector.noteLoss(at: .seconds(5), random) <= .seconds(10)) }
        reconnector.noteConnection(at: .seconds(10))
        #expect(reconnector.noteLoss(at: .seconds(15), random) == .zero)
    }
}
#endif
