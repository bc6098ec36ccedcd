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
