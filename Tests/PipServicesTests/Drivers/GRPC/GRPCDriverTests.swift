import PipServicesTesting
import Testing

@testable import PipServices

/// A build without gRPC. This file is compiled in every build.
@Suite struct GRPCDriverTests {
    @Test func withoutTheDriverADescriptorNamesTheTrait() async throws {
        var driver = DefaultGRPCFactory.driver
        driver = Driver(
            name: driver.name, flag: driver.flag, package: driver.package, needsTrait: driver.needsTrait,
            libraryVersion: nil)
        let factory = driver.absentFactory("absent:endpoint:grpc:*:1.0")
        let error = await #expect(throws: ApplicationError.self) {
            try await withContainer(yaml: "- descriptor: absent:endpoint:grpc:default:1.0", factories: [factory]) { _ in
            }
        }
        #expect(error?.code == "NOT_COMPILED_IN")
        for part in ["absent:endpoint:grpc:default:1.0", "trait GRPC", "PIP_DRIVERS=GRPC", "PIP_GRPC"] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
        #expect(error?.message.contains("-DPIP_GRPC") == false)
    }
}
