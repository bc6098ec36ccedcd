import PipServices
import PipServicesTesting

let containerScenarios = [
    Scenario(name: "references") { bound in
        let container = try await openContainer("")
        let user = try container.references.getOneRequired("stress:user:*:*:1.0", as: User.self)
        try await concurrently(5) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                if worker == 0 {
                    // At most three parts exist, and each goes soon after it came.
                    try await container.put(.empty, Locator("stress:part:default:\(number):1.0"), Part(number))
                    if number > 3 {
                        try await container.remove(.empty, Locator("stress:part:default:\(number - 3):1.0"))
                    }
                } else {
                    for part in user.parts() { try check(part.isWhole, "a component that is gone is used") }
                    if let part = user.newest() { try check(part.isWhole, "a component that is gone is used") }
                    for part in container.references.getOptional("stress:part:*:*:1.0", as: Part.self) {
                        try check(part.isWhole, "a component that is gone is found")
                    }
                    if number.isMultiple(of: 100) { await Task.yield() }
                }
            }
        }
        try await container.close(.empty)
    },
    Scenario(name: "reload") { bound in
        let container = try await openContainer("text: value 0 of the setting\n  list: [a0, b0]")
        let user = try container.references.getOneRequired("stress:user:*:*:1.0", as: User.self)
        try await concurrently(5) { worker in
            var number = 0
            while bound.isOpen {
                number += 1
                if worker == 0 {
                    let problems = try await container.reload(
                        .empty, config("text: value \(number) of the setting\n  list: [a\(number), b\(number)]"))
                    try check(problems.isEmpty, "\(problems)")
                    // Each value is kept until its setting is destroyed.
                    if number.isMultiple(of: 10) { await Task.yield() }
                } else {
                    let text = user.text()
                    try check(text.hasPrefix("value ") && text.hasSuffix(" of the setting"), "the setting is '\(text)'")
                    let list = user.list()
                    try check(
                        list.count == 2 && list[0].dropFirst() == list[1].dropFirst(), "the setting is '\(list)'")
                    if number.isMultiple(of: 1000) { await Task.yield() }
                }
            }
        }
        try await container.close(.empty)
    },
    Scenario(name: "slots-of-short-lived-components") { bound in
        // The last reference to a component may go while one of its slots is being read.
        try await concurrently(4) { _ in
            while bound.isOpen {
                let user = try await assemble(User(), config: ["text": "value 1 of the setting", "list": "a1,b1"])
                let reader = Task.detached { user.text() + user.list().joined() }
                try check(User().text().isEmpty, "the default is another one")
                try await check(reader.value == "value 1 of the settinga1b1", "the setting is damaged")
            }
        }
    },
    Scenario(name: "open-and-close") { bound in
        try await concurrently(3) { _ in
            while bound.isOpen {
                let container = try await openContainer("text: value 1 of the setting")
                let user = try container.references.getOneRequired("stress:user:*:*:1.0", as: User.self)
                try check(user.text() == "value 1 of the setting", "the setting is '\(user.text())'")
                try await container.close(.empty)
            }
        }
    },
]

private final class Part: Component, Openable {
    private let number: Int
    private let text: String

    init(_ number: Int) {
        self.number = number
        text = "the text of part number \(number)"
    }

    var isWhole: Bool { text == "the text of part number \(number)" }

    func open(_ context: Context) async throws {}
    func close(_ context: Context) async throws {}
}

private final class User: Component {
    let text = Setting("text", default: "", reloadable: true)
    let list = Setting("list", default: [String](), reloadable: true)
    let parts = Dependencies<Part>("parts", "stress:part:*:*:1.0")
    let newest = OptionalDependency<Part>("newest", "stress:part:*:*:1.0")
}

private func config(_ settings: String) throws -> ContainerConfig {
    try ContainerConfigReader.readFromYAML("- descriptor: stress:user:default:default:1.0\n  \(settings)")
}

private func openContainer(_ settings: String) async throws -> Container {
    let container = Container("stress", factories: [Factory("stress:user:default:*:1.0") { User() }])
    await container.configure(try config(settings))
    try await container.open(.empty)
    return container
}
