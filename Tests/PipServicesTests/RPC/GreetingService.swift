import PipServices

/// A service with one command, for tests of what serves commands.
final class GreetingService: Component, Commandable {
    init() {}

    var commands: CommandSet {
        CommandSet { Command("greet") { (_, names: [String: String]) in names.count } }
    }
}
