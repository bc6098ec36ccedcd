import Testing

@testable import PipServices

/// Every component that the module can create by descriptor.
@Suite struct DefaultFactoriesTests {
    static let locators = DefaultFactories.create().flatMap(\.locators)

    @Test func bothVersionsWordsAreKnown() {
        let all = Set(Self.locators.map(\.description))
        #expect(all.count == Self.locators.count, "no locator is registered twice")
        for (v4, v3) in [
            ("context-info:default", "container-info:default"), ("heartbeat-controller:http", "heartbeat-service:http"),
            ("status-controller:http", "status-service:http"), ("swagger-controller:*", "swagger-service:*"),
            ("controller:commandable-http", "service:commandable-http"),
            ("health-controller:http", "health-service:http"),
        ] {
            #expect(all.contains("pip-services:\(v4):*:1.0"))
            #expect(all.contains("pip-services:\(v3):*:1.0"))
        }
    }

    @Test(arguments: locators)
    func slotsAreReachedAndKeysHaveOneMeaning(locator: Locator) throws {
        let factory = CompositeFactory(DefaultFactories.create())
        let model: ComponentModel
        do {
            // Throws for a slot that a component does not declare.
            model = try ComponentModel.create(name: "\(locator)") { try factory.create(locator) }
        } catch let error as ApplicationError where error.code == "NOT_COMPILED_IN" {
            return
        }
        #expect(model.conflictingKeys.isEmpty)
        for setting in model.settings { #expect(!setting.meaning.isEmpty, "\(setting.key) of \(locator)") }
        // The declarations of a component match what reflection finds.
        let reflected = ComponentModel(model.component, name: "\(locator)")
        #expect(Set(reflected.settings) == Set(model.settings))
        #expect(reflected.dependencies.map(\.name).sorted() == model.dependencies.map(\.name).sorted())
        #expect(
            reflected.components.map { "\(type(of: $0))" }.sorted()
                == model.components.map { "\(type(of: $0))" }.sorted())
    }
}
