import PipServices

/// The contract of every `Logger`. Its output is read as one string per message.
///
/// The logger must have the level `info`. If it buffers messages, it must hold 1,000 of them.
public struct LoggerContract: Contract {
    /// A logger of level `info` with a function that reads its messages.
    public typealias Subject = Observed<any Logger, String>

    private struct Gone: Error, CustomStringConvertible {
        var description: String { "the-disk-is-gone" }
    }

    /// Creates the contract.
    public init() {}

    /// The cases.
    public var cases: [ContractCase<Subject>] {
        [
            ContractCase("a message comes with its trace id, error and fields") { run in
                let logger = run.subject.instrument
                logger.info(Context(traceId: "trace-1"), "first-message", ["colour": "green"])
                logger.error(Context(traceId: "trace-2"), error: Gone(), "second-message", ["shape": ["round", 7]])
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 2, "messages")
                for (text, parts) in zip(
                    written,
                    [
                        ["first-message", "trace-1", "colour", "green"],
                        ["second-message", "trace-2", "the-disk-is-gone", "shape", "round", "7"],
                    ])
                {
                    for part in parts { try run.expect(text.contains(part), "'\(part)' is missing in: \(text)") }
                }
            },
            ContractCase("an application error comes with its message") { run in
                run.subject.instrument.fatal(
                    .empty, error: ApplicationError.notFound(code: "NF", "the-item-is-missing"), "can't go on")
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.first?.contains("the-item-is-missing") ?? false, "the error: \(written)")
            },
            ContractCase("messages below the level are neither written nor evaluated") { run in
                let logger = run.subject.instrument
                var composed = 0
                func message(_ text: String) -> String {
                    composed += 1
                    return text
                }
                logger.debug(.empty, message("hidden"))
                logger.trace(.empty, message("hidden"))
                logger.log(.debug, .empty, error: nil, message: "hidden", fields: [:])
                logger.log(.trace, .empty, error: nil, message: "hidden", fields: [:])
                try run.expect(composed, equals: 0, "messages composed")
                logger.info(.empty, message("shown"))
                logger.warn(.empty, message("shown"))
                logger.error(.empty, message("shown"))
                logger.fatal(.empty, message("shown"))
                guard run.subject.output != nil else { return try run.expect(composed, equals: 0, "messages composed") }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 4, "messages")
                try run.expect(!written.contains { $0.contains("hidden") }, "written: \(written)")
            },
            ContractCase("any string is accepted and stays one message") { run in
                let logger = run.subject.instrument
                let texts = [
                    "", "\n", "\r\n[---:INFO] forged", "\u{0}\u{1B}[2J\u{7F}", "%s %d {{x}} ${y}", "Grüße 🌍",
                    String(repeating: "long ", count: 20_000),
                ]
                for text in texts { logger.info(Context(traceId: text), text, [text: .string(text)]) }
                logger.info(.empty, "the-last-one")
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: texts.count + 1, "messages")
                try run.expect(written.last?.contains("the-last-one") ?? false, "the last message")
            },
            ContractCase("concurrent messages are not lost") { run in
                let logger = run.subject.instrument
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask { for index in 0..<100 { logger.info(.empty, "task-\(task)-\(index).") } }
                    }
                }
                guard run.subject.output != nil else { return }
                let written = try await run.subject.read()
                try run.expect(written.count, equals: 800, "messages")
                for task in 0..<8 {
                    try run.expect(written.contains { $0.contains("task-\(task)-99.") }, "messages of task \(task)")
                }
            },
        ]
    }
}
