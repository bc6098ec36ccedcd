import PipServices

/// A component with a setting and a dependency.
private final class Part: Component {
    let size = Setting("size", default: 1)
    let next = OptionalDependency<Part>("next", "bench:part:*:*:1.0")
}

/// Creates, configures, links, opens and closes a container with so many components, each linked to the one before.
func openAndCloseContainer(components: Int) async throws {
    let container = Container("bench", allFactories: [Factory("bench:part:*:*:1.0") { Part() }])
    await container.configure(
        ContainerConfig(
            (1...components).map { number in
                // Each part but the first depends on the one before it.
                ComponentConfig(
                    Descriptor("bench", "part", "default", "\(number)", "1.0"),
                    number == 1
                        ? ["size": "1"]
                        : ["size": "\(number)", "dependencies.next": "bench:part:default:\(number - 1):1.0"])
            }))
    try await container.open(.empty)
    try await container.close(.empty)
}

/// Opening and closing a container of 100 components, in this process.
func containerRow(_ options: Options) async throws -> Row {
    progress("containers of 100 components")
    for _ in 0..<5 { try await openAndCloseContainer(components: 100) }
    var times: [Double] = []
    for _ in 0..<options.containers {
        let start = ContinuousClock.now
        try await openAndCloseContainer(components: 100)
        times.append(milliseconds(.now - start))
    }
    return Row(name: "opening and closing 100 components", unit: "ms", ours: times, target: .below(5))
}

/// A component with three dependencies.
private final class Knot: Component {
    let one = OptionalDependency<Knot>("one", "none")
    let two = OptionalDependency<Knot>("two", "none")
    let three = OptionalDependency<Knot>("three", "none")
}

/// Opening and closing containers of 100, 1,000 and 10,000 components with three dependencies each, in microseconds per
/// component; the baseline is the smallest.
func measureContainerGrowth(_ options: Options, _ table: inout Table) async throws {
    var small: [Double] = []
    for (name, count) in [("100", 100), ("1,000", 1_000), ("10,000", 10_000)] {
        progress("containers of \(name) components with three dependencies each")
        var times: [Double] = []
        for _ in 0..<options.growthRounds {
            // As many components in each round, so that the small ones are not lost in the clock's own time.
            let containers = 10_000 / count
            let start = ContinuousClock.now
            for _ in 0..<containers { try await openAndCloseKnots(count) }
            times.append(milliseconds(.now - start) * 1_000 / 10_000)
        }
        if small.isEmpty { small = times }
        table.add(
            Row(
                name: "opening and closing \(name) components, 3 dependencies each, against 100", unit: "us/component",
                ours: times, baseline: small, target: small == times ? nil : .ratioAtMost(2)))
    }
}

private func openAndCloseKnots(_ count: Int) async throws {
    let container = Container("bench", allFactories: [Factory("bench:knot:*:*:1.0") { Knot() }])
    await container.configure(
        ContainerConfig(
            (0..<count).map { number in
                var config: ConfigParams = [:]
                for (name, distance) in [("one", 1), ("two", 7), ("three", 31)] where number >= distance {
                    config["dependencies.\(name)"] = "bench:knot:default:\(number - distance):1.0"
                }
                return ComponentConfig(Descriptor("bench", "knot", "default", "\(number)", "1.0"), config)
            }))
    try await container.open(.empty)
    try await container.close(.empty)
}
