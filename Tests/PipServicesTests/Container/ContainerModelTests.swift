import PipServicesTesting
import Testing

@testable import PipServices

/// Random sequences of what can happen to a container and its components, against a small model. The seeds are fixed,
/// and time is virtual: a failure can be repeated by its seed.
@Suite(.serialized) struct ContainerModelTests {
    /// How long to wait for what needs only the processor, on a machine that is busy.
    fileprivate static let patience = Duration.seconds(120)

    @Test("A container behaves like its model in random operations", arguments: 1...(TestSize.isFull ? 300 : 25))
    func container(seed: Int) async throws {
        let run = ModelRun(seed: seed)
        for _ in 0..<30 { try await run.step() }
        try await run.end()
    }

    @Test(
        "Components that come and go at the same time keep the guarantees", arguments: 1...(TestSize.isFull ? 200 : 15))
    func concurrentChanges(seed: Int) async throws {
        let world = World()
        let random = SeededRandom(seed: UInt64(seed))
        let container = Container("test", factories: [world.factory])
        for round in 0..<3 {
            let base = (0..<3).map { Plan(name: "r\(round)b\($0)", needs: $0 == 0 ? [] : ["r\(round)b0"]) }
            try await container.configure(world.config(base))
            try await container.open(.empty)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    let (action, target) = (random.next(in: 0..<10), random.next(in: 0..<max(1, number)))
                    var plan = Plan(name: "r\(round)p\(number)", needs: ["r\(round)b\(target % 3)"])
                    if target % 4 == 0, number > 0 { plan.needs.append("r\(round)p\(target)") }
                    if action == 9 { plan.open = .fails }
                    if action == 8 { plan.accept = .fails }
                    let delay = random.next(in: 0..<20)
                    group.addTask { [plan] in
                        for _ in 0..<delay { await Task.yield() }
                        switch action {
                        case 0 where number > 10: try? await container.close(.empty)
                        case 1...4:
                            _ = try? await container.remove(.empty, Plan(name: "r\(round)p\(target)").locator)
                        default:
                            let part = Part(plan, world)
                            let putting = Task {
                                try await container.put(.empty, plan.locator, part, config: plan.config)
                            }
                            if delay == 7 { putting.cancel() }
                            _ = await putting.result
                        }
                    }
                }
            }
            try await container.close(.empty)
            world.checkLives("seed \(seed), round \(round)")
        }
    }

    // MARK: - Components

    /// What a component does at a step.
    enum Behaviour: Sendable { case succeeds, fails, hangs, ignoresCancellation }

    /// One component: what it needs and how it behaves.
    struct Plan: Sendable {
        let name: String
        var needs: [String] = []
        var open = Behaviour.succeeds
        var accept = Behaviour.succeeds
        var drain = Behaviour.succeeds
        var close = Behaviour.succeeds
        var isLogger = false

        var locator: Locator { .descriptor(descriptor) }
        var descriptor: Descriptor { Descriptor("test", isLogger ? "logger" : "part", "default", name, "1.0") }
        /// The section of its configuration.
        var config: ConfigParams {
            var config = ConfigParams()
            for (index, need) in needs.enumerated() { config["dependencies.need\(index)"] = "test:*:*:\(need):*" }
            return config
        }
    }

    /// What the components do and did.
    final class World: Sendable {
        let clock = VirtualClock()
        let plans = Locked<[String: Plan]>([:])
        let journal = Locked<[String]>([])
        /// Steps that last until they are cancelled.
        let hanging = Locked<Set<String>>([])
        private let gates = Locked<[AsyncStream<Void>.Continuation]>([])

        var factory: Factory {
            Factory().register("test:part:*:*:1.0", requested: { [self] in Part(plan($0), self) })
                .register("test:logger:*:*:1.0", requested: { [self] in LogPart(plan($0), self) })
                .register("test:clock:*:*:1.0") { [clock] in clock }
        }

        func config(_ plans: [Plan], size: Int = 0) throws -> ContainerConfig {
            self.plans.withLock { known in for plan in plans { known[plan.name] = plan } }
            var config = ContainerConfig()
            config.components = [
                ComponentConfig(Descriptor("test", "clock", "default", "default", "1.0")),
                ComponentConfig(
                    Descriptor("pip-services", "container", "default", "default", "1.0"),
                    ["shutdown.timeout": "20000"]),
            ]
            config.components += plans.map { plan in
                ComponentConfig(plan.descriptor, plan.config.override(plan.isLogger ? [:] : ["size": "\(size)"]))
            }
            return config
        }

        func step(_ step: String, _ name: String, _ behaviour: Behaviour) async throws {
            let entry = "\(step) \(name)"
            if behaviour == .hangs || behaviour == .ignoresCancellation { hanging.withLock { _ = $0.insert(entry) } }
            journal.withLock { $0.append(entry) }
            await Task.yield()
            switch behaviour {
            case .succeeds: break
            case .fails:
                journal.withLock { $0.append("failed \(entry)") }
                throw ApplicationError.connection(code: "NO", "\(name) can't \(step)")
            case .hangs, .ignoresCancellation:
                let (gate, end) = AsyncStream<Void>.makeStream()
                gates.withLock { $0.append(end) }
                await withTaskCancellationHandler {
                    if behaviour == .hangs { return await Self.wait(gate) }
                    await Task { await Self.wait(gate) }.value
                } onCancel: {
                    hanging.withLock { _ = $0.remove(entry) }
                    journal.withLock { $0.append("cancelled \(entry)") }
                }
                if behaviour == .hangs { throw CancellationError() }
            }
        }

        /// Ends what ignores cancellation.
        func release() {
            let gates = gates.withLock { gates in
                defer { gates = [] }
                return gates
            }
            for gate in gates { gate.finish() }
        }

        /// Checks what holds of each component, however their lives overlap.
        /// - Parameter late: those that closing has left behind.
        func checkLives(_ comment: String, late: Set<String> = []) {
            let journal = journal.current
            func index(_ entry: String) -> Int? { journal.firstIndex(of: entry) }
            for plan in plans.current.values {
                guard let open = index("open \(plan.name)") else {
                    #expect(index("close \(plan.name)") == nil, "\(comment): \(plan.name) was closed, but not opened")
                    continue
                }
                for step in ["open", "accept", "drain", "close"] {
                    let count = journal.filter { $0 == "\(step) \(plan.name)" }.count
                    let isOptional = step == "accept" || (step == "drain" && plan.isLogger)
                    #expect(count == 1 || (isOptional && count == 0), "\(comment): \(step) \(plan.name)")
                }
                guard let close = index("close \(plan.name)") else { continue }
                #expect(open < close, "\(comment): \(plan.name)")
                if let accept = index("accept \(plan.name)") {
                    #expect(open < accept && accept < close, "\(comment): \(plan.name)")
                }
                for need in plan.needs where !late.contains(plan.name) {
                    let (opened, closed) = (index("open \(need)"), index("close \(need)"))
                    #expect(opened.map { $0 < open } ?? false, "\(comment): \(plan.name) opened before \(need)")
                    #expect(closed.map { close < $0 } ?? false, "\(comment): \(plan.name) closed after \(need)")
                }
            }
        }

        private func plan(_ locator: Locator) -> Plan {
            plans.current[locator.descriptor?.name ?? ""] ?? Plan(name: "?")
        }

        private static func wait(_ gate: AsyncStream<Void>) async { for await _ in gate {} }
    }

    final class Part: Component, Edge {
        let size = Setting("size", default: 0, reloadable: true)
        let need0 = OptionalDependency<any Component>("need0", "none")
        let need1 = OptionalDependency<any Component>("need1", "none")
        private let plan: Plan
        private let world: World

        init(_ plan: Plan, _ world: World) {
            (self.plan, self.world) = (plan, world)
            world.plans.withLock { $0[plan.name] = plan }
        }

        func open(_ context: Context) async throws { try await world.step("open", plan.name, plan.open) }
        func startAccepting(_ context: Context) async throws {
            try await world.step("accept", plan.name, plan.accept)
        }
        func drain(_ context: Context) async { try? await world.step("drain", plan.name, plan.drain) }
        func close(_ context: Context) async throws { try await world.step("close", plan.name, plan.close) }
    }

    final class LogPart: Component, Openable, Logger {
        let need0 = OptionalDependency<any Component>("need0", "none")
        private let plan: Plan
        private let world: World
        let level = LogLevel.trace

        init(_ plan: Plan, _ world: World) { (self.plan, self.world) = (plan, world) }

        func open(_ context: Context) async throws { try await world.step("open", plan.name, plan.open) }
        func close(_ context: Context) async throws { try await world.step("close", plan.name, plan.close) }
        func log(
            _ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap
        ) {
            guard message.hasSuffix("stopped") else { return }
            world.journal.withLock { $0.append("told \(plan.name)") }
        }
    }

    // MARK: - Model

    /// A container and what it should be like.
    final class ModelRun {
        private let seed: Int
        private let random: SeededRandom
        private let world = World()
        private let container: Container
        /// What the configuration lists.
        private var listed: [Plan] = []
        /// What is open, in the order of opening; nil while the container is closed.
        private var present: [Plan]?
        /// Those whose put did not end in time, and was undone after the container was closed.
        private var late: Set<String> = []
        private var count = 0
        private var steps = 0

        init(seed: Int) {
            self.seed = seed
            random = SeededRandom(seed: UInt64(seed))
            container = Container("test", factories: [world.factory])
        }

        func step() async throws {
            steps += 1
            switch random.next(in: 0..<10) {
            case 0...2: try await open()
            case 3...5: try await put()
            case 6, 7: try await remove()
            case 8: try await reload()
            default: try await close()
            }
            let isOpen = await container.isOpen
            #expect(isOpen == (present != nil), place)
            let names = container.references.all.compactMap { ($0 as? any Edge).map { "\(type(of: $0))" } }.count
            #expect(names == (present ?? []).filter { !$0.isLogger }.count, place)
            try await waitUntil(within: ContainerModelTests.patience) { world.clock.sleeperCount == 0 }
        }

        func end() async throws {
            if present != nil { try await close() }
            world.checkLives("seed \(seed)", late: late)
        }

        private var place: Comment { "seed \(seed), step \(steps)" }

        // MARK: Steps

        private func open() async throws {
            guard present == nil else {
                return try await expect(
                    Task { [container] in try await container.open(.empty) }, code: "ALREADY_OPENED", [])
            }
            let plans = newPlans()
            listed = plans
            await container.configure(try world.config(plans))
            let order = Self.order(plans)
            var (expected, opened): ([String], [Plan]) = ([], [])
            var failure = Behaviour.succeeds
            func act(_ step: String, _ plan: Plan, _ behaviour: Behaviour) {
                guard failure == .succeeds else { return }
                expected.append("\(step) \(plan.name)")
                failure = behaviour
                if behaviour == .fails { expected.append("failed \(step) \(plan.name)") }
            }
            for plan in order where failure == .succeeds {
                opened.append(plan)
                act("open", plan, plan.open)
            }
            for plan in order where !plan.isLogger { act("accept", plan, plan.accept) }
            let begin = world.journal.current.count
            let opening = Task { [container] in try await container.open(.empty) }
            let last = expected.last ?? ""
            switch failure {
            case .succeeds:
                present = order
                try await expect(opening, code: nil, [])
            case .fails:
                try await expect(opening, code: "NO", opened)
                expected += ending(opened, of: plans)
            case .hangs, .ignoresCancellation:
                try await waitUntil(within: ContainerModelTests.patience) { world.hanging.current.contains(last) }
                expected.append("cancelled \(last)")
                let closes = random.next(in: 0..<2) == 0
                let closing = Task { [container] in if closes { try await container.close(.empty) } }
                if !closes { opening.cancel() }
                try await waitUntil(within: ContainerModelTests.patience) {
                    world.journal.current.contains("cancelled \(last)")
                }
                if failure == .ignoresCancellation {
                    if closes {
                        try await waitUntil(within: ContainerModelTests.patience) { world.clock.sleeperCount == 1 }
                        world.clock.advance(by: .seconds(20))
                        try await expect(closing, code: "SHUTDOWN_OVERRUN", [])
                    }
                    world.release()
                } else {
                    try await expect(closing, code: nil, [])
                }
                try await expect(opening, code: "CANCELLED", [])
                expected += ending(opened, of: plans)
            }
            compare(expected, from: begin)
        }

        private func put() async throws {
            var plan = newPlan()
            if let names = present?.map(\.name), !names.isEmpty {
                plan.needs = (0..<random.next(in: 0..<3)).map { _ in names[random.next(in: 0..<names.count)] }
            }
            let failure = [plan.open, plan.accept].first { $0 != .succeeds } ?? .succeeds
            if failure != .succeeds { (plan.drain, plan.close) = (.succeeds, .succeeds) }
            let part = Part(plan, world)
            let begin = world.journal.current.count
            let putting = Task { [container, plan] in
                try await container.put(.empty, plan.locator, part, config: plan.config)
            }
            guard let before = present else { return try await expect(putting, code: "NOT_OPENED", []) }
            var expected = ["open \(plan.name)"]
            if plan.open == .succeeds { expected.append("accept \(plan.name)") }
            let last = expected.last ?? ""
            let undone = ["drain \(plan.name)", "close \(plan.name)"]
            switch failure {
            case .succeeds:
                present?.append(plan)
                try await expect(putting, code: nil, [])
            case .fails:
                expected += ["failed \(last)"] + undone
                try await expect(putting, code: "NO", [])
            case .hangs, .ignoresCancellation:
                try await waitUntil(within: ContainerModelTests.patience) { world.hanging.current.contains(last) }
                expected.append("cancelled \(last)")
                guard random.next(in: 0..<2) == 0 else {
                    putting.cancel()
                    try await waitUntil(within: ContainerModelTests.patience) {
                        world.journal.current.contains("cancelled \(last)")
                    }
                    world.release()
                    try await expect(putting, code: "CANCELLED", [])
                    expected += undone
                    break
                }
                let closing = Task { [container] in try await container.close(.empty) }
                try await waitUntil(within: ContainerModelTests.patience) {
                    world.journal.current.contains("cancelled \(last)")
                }
                if failure == .ignoresCancellation {
                    try await waitUntil(within: ContainerModelTests.patience) { world.clock.sleeperCount == 1 }
                    world.clock.advance(by: .seconds(5))
                    late.insert(plan.name)
                    try await expect(closing, problems(before, and: plan), before)
                    expected += ending(before) + undone
                    world.release()
                } else {
                    try await expect(closing, problems(before), before)
                    expected += undone + ending(before)
                }
                try await expect(putting, code: "NOT_OPENED", [])
                present = nil
            }
            compare(expected, from: begin)
        }

        private func remove() async throws {
            guard let present, !present.isEmpty else {
                let removing = Task { [container] in _ = try await container.remove(.empty, "test:part:*:none:*") }
                return try await expect(removing, code: present == nil ? "NOT_OPENED" : nil, [])
            }
            let plan = present[random.next(in: 0..<present.count)]
            let begin = world.journal.current.count
            let removing = Task { [container] in _ = try await container.remove(.empty, plan.locator) }
            // A caller that gives up must not keep the component from closing.
            if random.next(in: 0..<3) == 0 { removing.cancel() }
            guard !present.contains(where: { $0.needs.contains(plan.name) }) else {
                try await expect(removing, code: "IN_USE", [])
                return compare([], from: begin)
            }
            self.present?.removeAll { $0.name == plan.name }
            try await expect(removing, code: nil, [plan])
            compare(ending([plan]), from: begin)
        }

        private func reload() async throws {
            let size = steps
            let config = try world.config(listed, size: size)
            let reloading = Task { [container] in _ = try await container.reload(.empty, config) }
            guard let present else { return try await expect(reloading, code: "NOT_OPENED", []) }
            try await expect(reloading, code: nil, [])
            for plan in present where !plan.isLogger {
                let part = container.references.getOneOptional(plan.locator, as: Part.self)
                #expect(part?.size() == (listed.contains { $0.name == plan.name } ? size : 0), place)
            }
        }

        private func close() async throws {
            let begin = world.journal.current.count
            let before = present ?? []
            present = nil
            // All callers get the same answer, also one that is cancelled. One that comes after the end of the other gets
            // none, since the container is closed then.
            let closings = (0..<2).map { _ in Task { [container] in try await container.close(.empty) } }
            if random.next(in: 0..<3) == 0 { closings[1].cancel() }
            let start = world.clock.uptime
            try await expect(Task { for closing in closings { try await closing.value } }, problems(before), before)
            _ = await closings[1].result
            #expect(world.clock.uptime - start <= .seconds(21), place)
            compare(ending(before), from: begin)
        }

        // MARK: Expectations

        /// Waits for the end of a task, and moves the clock while nothing goes on without it.
        private func expect(_ task: Task<Void, any Error>, code: String?, _ ending: [Plan]) async throws {
            try await expect(task, (code, nil), ending)
        }

        private func expect(
            _ task: Task<Void, any Error>, _ problem: (code: String?, components: Set<String>?), _ ending: [Plan]
        ) async throws {
            let isDone = Locked(false)
            let watcher = Task {
                _ = await task.result
                isDone.withLock { $0 = true }
            }
            defer { watcher.cancel() }
            let drains = ending.filter { !$0.isLogger }.map { "drain \($0.name)" }
            do {
                try await waitUntil(within: ContainerModelTests.patience) {
                    let (hanging, journal) = (world.hanging.current.count, Set(world.journal.current))
                    if hanging > 0, world.clock.sleeperCount == hanging, drains.allSatisfy(journal.contains) {
                        world.clock.advance(by: .milliseconds(250))
                    }
                    return isDone.current
                }
                try await task.value
                #expect(problem.code == nil, place)
            } catch let error as ApplicationError {
                // What follows would fail too.
                if error.code == "NOT_IN_TIME" { throw error }
                #expect(error.code == problem.code, "\(place): \(error)")
                if let names = problem.components {
                    let actual = error.details.value(for: "components").map { "\($0)" } ?? ""
                    for name in names { #expect(actual.contains(":\(name):"), "\(place): \(actual)") }
                    let count = actual.components(separatedBy: "test:").count - 1
                    #expect(count == names.count, "\(place): \(actual)")
                }
            } catch {
                #expect(problem.code == "CANCELLED", "\(place): \(error)")
            }
        }

        /// What closing throws.
        private func problems(_ plans: [Plan], and late: Plan? = nil) -> (String?, Set<String>?) {
            func hangs(_ behaviour: Behaviour) -> Bool { behaviour == .hangs || behaviour == .ignoresCancellation }
            let overrun =
                plans.filter { hangs($0.close) || (hangs($0.drain) && !$0.isLogger) } + (late.map { [$0] } ?? [])
            let failed = plans.filter { $0.close == .fails }
            let names = Set((overrun + failed).map(\.name))
            guard overrun.isEmpty else { return ("SHUTDOWN_OVERRUN", names) }
            return failed.isEmpty ? (nil, nil) : ("CLOSE_FAILED", names)
        }

        /// The journal of the end of components, drains in alphabetical order.
        /// - Parameter service: all components, if the container holds more.
        private func ending(_ plans: [Plan], of service: [Plan]? = nil) -> [String] {
            func entries(_ step: String, _ plan: Plan, _ behaviour: Behaviour) -> [String] {
                let entry = "\(step) \(plan.name)"
                switch behaviour {
                case .succeeds: return [entry]
                case .fails: return [entry, "failed \(entry)"]
                case .hangs, .ignoresCancellation: return [entry, "cancelled \(entry)"]
                }
            }
            // Loggers and what they need, also if a start failed before they were opened.
            let service = service ?? plans
            var last = Set(service.filter(\.isLogger).map(\.name))
            while true {
                let more = service.filter { last.contains($0.name) }.flatMap(\.needs)
                guard !last.isSuperset(of: more) else { break }
                last.formUnion(more)
            }
            let drains = plans.filter { !$0.isLogger }.flatMap { entries("drain", $0, $0.drain) }.sorted()
            func closes(_ plans: [Plan]) -> [String] { plans.flatMap { entries("close", $0, $0.close) } }
            let reversed = Array(plans.reversed())
            return drains + closes(reversed.filter { !last.contains($0.name) })
                + closes(reversed.filter { last.contains($0.name) })
        }

        private func compare(_ expected: [String], from begin: Int) {
            let isDrain = { (entry: String) in entry.contains("drain ") }
            let actual = Array(world.journal.current.dropFirst(begin)).filter { !$0.hasPrefix("told") }
            #expect(actual.filter(isDrain).sorted() == expected.filter(isDrain).sorted(), place)
            #expect(actual.filter { !isDrain($0) } == expected.filter { !isDrain($0) }, place)
        }

        // MARK: Plans

        private func newPlan() -> Plan {
            count += 1
            func behaviour(_ share: Int, _ choices: [Behaviour]) -> Behaviour {
                random.next(in: 0..<share) == 0 ? choices[random.next(in: 0..<choices.count)] : .succeeds
            }
            var plan = Plan(name: "c\(count)")
            plan.open = behaviour(10, [.fails, .hangs, .ignoresCancellation])
            plan.accept = behaviour(14, [.fails, .hangs, .ignoresCancellation])
            plan.drain = behaviour(8, [.fails, .hangs, .ignoresCancellation])
            plan.close = behaviour(6, [.fails, .hangs, .ignoresCancellation])
            return plan
        }

        /// Components in the order of a file, which need each other without circles.
        private func newPlans() -> [Plan] {
            var plans: [Plan] = []
            for _ in 0..<random.next(in: 0..<6) {
                var plan = newPlan()
                if !plans.isEmpty {
                    plan.needs = (0..<random.next(in: 0..<3)).map { _ in plans[random.next(in: 0..<plans.count)].name }
                }
                plans.append(plan)
            }
            if random.next(in: 0..<2) == 0 {
                var plan = newPlan()
                (plan.isLogger, plan.accept, plan.drain) = (true, .succeeds, .succeeds)
                if let need = plans.first?.name { plan.needs = [need] }
                plans.append(plan)
            }
            // `close` gives an opening that it cancels as long as all of shutting down.
            func hangs(_ behaviour: Behaviour) -> Bool { behaviour == .hangs || behaviour == .ignoresCancellation }
            if plans.contains(where: { hangs($0.open) || hangs($0.accept) }) {
                for index in plans.indices { (plans[index].drain, plans[index].close) = (.succeeds, .succeeds) }
            }
            for index in plans.indices.reversed() { plans.swapAt(index, random.next(in: 0..<index + 1)) }
            return plans
        }

        /// The order of opening: what a component needs comes before it, else that of the file.
        private static func order(_ plans: [Plan]) -> [Plan] {
            var order: [Plan] = []
            func visit(_ plan: Plan) {
                guard !order.contains(where: { $0.name == plan.name }) else { return }
                for need in plans where plan.needs.contains(need.name) { visit(need) }
                order.append(plan)
            }
            plans.forEach(visit)
            return order
        }
    }
}
