#if PIP_AWS
import FoundationEssentials

/// Sends log messages to one log stream.
final class CloudWatchLogSender: Sendable {
    private struct State: Sendable {
        var group = ""
        var stream = ""
        var isReady = false
        /// The sequence token, which older endpoints require in each request.
        var token: String?
    }

    private let client: AWSClient
    private let state = Locked(State())
    /// The limits of a request.
    private static let (maxCount, maxSize, maxSpan) = (10_000, 1_048_576, 86_400_000 as Int64)
    /// The bytes that count for each event in addition to its text, and the maximum size of a text.
    private static let (overhead, maxText) = (26, 262_144 - 26)

    init(_ client: AWSClient) { self.client = client }

    func prepare(group: String, stream: String) {
        state.withLock { $0 = State(group: group, stream: stream) }
    }

    /// Sends messages in one or several requests.
    /// - Throws: ``UnsavedItems`` with the messages that were not sent.
    func send(_ messages: [LogMessage]) async throws {
        // CloudWatch requires chronological order, but tasks log concurrently.
        var rest = messages.enumerated().sorted { left, right in
            let (first, second) = (ISODate.milliseconds(left.element.time), ISODate.milliseconds(right.element.time))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)[...]
        do {
            while !rest.isEmpty {
                let batch = Self.batch(rest)
                try await put(batch.events)
                rest = rest.dropFirst(batch.count)
            }
        } catch {
            throw UnsavedItems(Array(rest), cause: error)
        }
    }

    /// The line of a message, in the format of all editions.
    static func line(_ message: LogMessage) -> String {
        func shown(_ text: String?) -> String { text.flatMap { $0.isEmpty ? nil : $0 } ?? "---" }
        var line = "[\(shown(message.source)):\(shown(message.traceId)):\(message.level)] \(message.message)"
        if let error = message.error {
            line += line.ends(with: "] ") ? "Error: " : ": "
            line += error.message
            if let stack = error.stackTrace, !stack.isEmpty { line += " StackTrace: \(stack)" }
        }
        // Structured fields are specific to this edition.
        if !message.fields.isEmpty { line += " \(JSONConverter.toJSON(.map(message.fields)))" }
        return line
    }

    // MARK: - Internal

    private static func batch(_ messages: ArraySlice<LogMessage>) -> (count: Int, events: [AnyValue]) {
        var (events, size): ([AnyValue], Int) = ([], 0)
        let start = messages.first.map { ISODate.milliseconds($0.time) } ?? 0
        for message in messages {
            let text = cut(line(message))
            let time = ISODate.milliseconds(message.time)
            size += text.utf8.count + overhead
            guard events.isEmpty || size <= maxSize && events.count < maxCount && time - start < maxSpan else { break }
            // CloudWatch rejects an empty text.
            events.append(["timestamp": .integer(time), "message": .string(text.isEmpty ? " " : text)])
        }
        return (events.count, events)
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > maxText else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: maxText - 3)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + "…"
    }

    private func put(_ events: [AnyValue]) async throws {
        var hasRepeated = false
        while true {
            try await create()
            let present = state.current
            var input: AnyValueMap = [
                "logGroupName": .string(present.group), "logStreamName": .string(present.stream),
                "logEvents": .array(events),
            ]
            if let token = present.token { input["sequenceToken"] = .string(token) }
            do {
                let result = try await client.call(.empty, "PutLogEvents", input)
                if present.token != nil, let next = result["nextSequenceToken"]?.string {
                    state.withLock { $0.token = next }
                }
                report(result["rejectedLogEventsInfo"], events.count)
                return
            } catch let error as ApplicationError where error.awsCode == "DataAlreadyAcceptedException" {
                // An earlier attempt succeeded, but its response was lost.
                return
            } catch let error as ApplicationError where !hasRepeated && takeHint(error) {
                hasRepeated = true
            }
        }
    }

    /// Prepares a retry after an error; false if a retry cannot succeed. The stream may have been deleted, or the
    /// sequence token may be outdated.
    private func takeHint(_ error: ApplicationError) -> Bool {
        switch error.awsCode {
        case "ResourceNotFoundException"?:
            state.withLock { $0.isReady = false }
            return true
        case "InvalidSequenceTokenException"?:
            // The message ends with the token.
            let token = error.message.parts(separatedBy: " ").last.map { String($0) }
            state.withLock { $0.token = token.isSame(as: "null") ? nil : token }
            return true
        default: return false
        }
    }

    private func create() async throws {
        let present = state.current
        guard !present.isReady else { return }
        try await createOnce("CreateLogGroup", ["logGroupName": .string(present.group)])
        try await createOnce(
            "CreateLogStream",
            ["logGroupName": .string(present.group), "logStreamName": .string(present.stream)])
        state.withLock { $0.isReady = true }
    }

    private func createOnce(_ operation: String, _ input: AnyValueMap) async throws {
        do {
            _ = try await client.call(.empty, operation, input)
        } catch let error as ApplicationError where error.awsCode == "ResourceAlreadyExistsException" {
            return
        } catch let error as ApplicationError where error.code == "ACCESS_DENIED" && operation == "CreateLogGroup" {
            // The role may only write to an existing group.
            return
        }
    }

    private func report(_ rejected: AnyValue?, _ count: Int) {
        guard let rejected = rejected?.map, !rejected.isEmpty else { return }
        let tooOld = rejected["tooOldLogEventEndIndex"]?.getAsNullableInteger() ?? 0
        let expired = rejected["expiredLogEventEndIndex"]?.getAsNullableInteger() ?? 0
        let tooNew = rejected["tooNewLogEventStartIndex"]?.getAsNullableInteger().map { max(0, count - $0) } ?? 0
        let dropped = max(tooOld, expired) + tooNew
        ConsoleLogger().error(
            .empty, error: nil, "CloudWatch rejected \(dropped) log messages, which are too old or too new",
            ["dropped": .integer(Int64(dropped))])
    }
}
#endif
