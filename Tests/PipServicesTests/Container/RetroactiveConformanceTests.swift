// The conformances are the point of this file.
// swift-format-ignore-file: AvoidRetroactiveConformances, AllPublicDeclarationsHaveDocumentation

import PipServices
import PipServicesTesting
import TestSupport
import Testing

// The component is of one module, the protocols of a second, the conformances of a third: this one.

extension OtherModuleComponent {
    func note(_ call: String) { calls.withLock { $0.append(call) } }
}

extension OtherModuleComponent: Configurable {
    public func configure(_ config: ConfigParams) { note("configure \(size())") }
}

extension OtherModuleComponent: Referenceable {
    public func setReferences(_ references: References) { note("setReferences") }
}

extension OtherModuleComponent: Openable, Closable {
    public func open(_ context: Context) { note("open") }
    public func close(_ context: Context) { note("close") }
}

extension OtherModuleComponent: Edge {
    public func startAccepting(_ context: Context) { note("startAccepting") }
    public func drain(_ context: Context) { note("drain") }
}

extension OtherModuleComponent: Unreferenceable {
    public func unsetReferences() { note("unsetReferences") }
}

extension OtherModuleComponent: Checkable {
    public func checkConfiguration(_ context: Context) { note("checkConfiguration") }
}

extension OtherModuleComponent: Commandable {
    public var commands: CommandSet { CommandSet { Command("size") { _, _ in self.size() } } }
}

/// The protocols of a component are found wherever they are declared.
@Suite struct RetroactiveConformanceTests {
    final class Owner: Component {
        let inner = OtherModuleComponent()
    }

    private static let yaml = """
        - descriptor: test:component:other:default:1.0
          size: 2
        """

    private static let called = [
        "configure 2", "setReferences", "open", "startAccepting", "drain", "close", "unsetReferences",
    ]

    @Test("A container calls a component by conformances that another module declares") func component() async throws {
        let component = OtherModuleComponent()
        let factory = Factory("test:component:other:*:1.0") { component }
        let size = try await withContainer(yaml: Self.yaml, factories: [factory]) { container in
            let found = try container.references.getOneRequired(
                "test:component:other:*:1.0", as: (any Commandable).self)
            return try await found.commands.execute(.empty, "size", [:]) as? Int
        }
        #expect(size == 2)
        #expect(component.calls.current == Self.called)
    }

    @Test("So does it for a component inside another one") func child() async throws {
        let owner = Owner()
        let factory = Factory("test:component:other:*:1.0") { owner }
        try await withContainer(yaml: Self.yaml, factories: [factory]) { _ in }
        #expect(owner.inner.calls.current == Self.called)
    }

    @Test("--check calls it too") func check() async throws {
        let component = OtherModuleComponent()
        let container = Container("test", factories: [Factory("test:component:other:*:1.0") { component }])
        await container.configure(try ContainerConfigReader.readFromYAML(Self.yaml, parameters: [:]))
        _ = await container.check()
        #expect(component.calls.current.contains("checkConfiguration"))
    }

    @Test("Outside a container the helpers find them too") func helpers() async throws {
        let component = OtherModuleComponent()
        try await Opener.openOne(.empty, component)
        try await Closer.closeOne(.empty, component)
        #expect(component.calls.current == ["open", "close"])
    }
}
