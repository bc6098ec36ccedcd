#if PIP_AWS && PIP_AZURE
import Foundation
import Testing

/// One Beacons in its forms: process, AWS Lambda, Google Cloud, Azure. `make test-full` adds the image.
@Suite struct FormsTests {
    @Test("The same calls have the same answers in each form", .timeLimit(.minutes(3))) func sameAnswers() async throws
    {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the tests' packages: run 'make test', which installs them")
        let script = Built.source("Tests/Servers/forms.py").path
        let result = try await ChildProcess.output(
            of: URL(filePath: python), [script, Built.executable("beacons").path])
        #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)")
        #expect(result.output.contains("in 4 forms"))
    }
}
#endif
