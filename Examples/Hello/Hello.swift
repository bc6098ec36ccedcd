import PipServices

struct Greet: Codable, Sendable { var name: String }

final class HelloService: Component, Commandable {
    let greeting = Setting("greeting", default: "Hello")

    var commands: CommandSet {
        CommandSet {
            Command("greet") { (_, arguments: Greet) in "\(self.greeting()), \(arguments.name)!" }
        }
    }
}

@main struct Hello {
    static func main() async {
        await ProcessContainer("hello", factories: [Factory("hello:service:default:*:1.0") { HelloService() }]).main()
    }
}
