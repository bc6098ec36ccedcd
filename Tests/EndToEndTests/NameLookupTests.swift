#if PIP_CURL
import Foundation
import PipServices
import Testing

/// A look-up of a name that takes for ever holds nobody up: neither a request, nor who closes the connector.
@Suite struct NameLookupTests {
    /// Stands in the place of the system's look-up, in a process that is started with it.
    private static let source = """
        #include <netdb.h>
        #include <time.h>
        #include <unistd.h>

        int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
            static const char text[] = "LOOKUP\\n";
            struct timespec rest = {120, 0};
            (void)node, (void)service, (void)hints, (void)result;
            if (write(STDERR_FILENO, text, sizeof text - 1) < 0) return EAI_SYSTEM;
            while (nanosleep(&rest, &rest) != 0) {}
            return EAI_FAIL;
        }

        """

    /// Swift for Linux brings the first.
    private static let compiler: URL? = ["clang", "cc", "gcc"].lazy.compactMap { try? Built.command($0) }.first

    @Test(.enabled(if: NameLookupTests.compiler != nil, "There is no C compiler: neither clang nor cc nor gcc"))
    func connectingEndsInTimeWhileANameIsLookedUp() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("lookup.c", Self.source)
        let library = folder.url.appending(path: "lookup.so").path
        let compiler = try #require(Self.compiler)
        let build = try await ChildProcess.output(of: compiler, ["-shared", "-fPIC", "-o", library, source.path])
        try #require(build.end == .exit(0), "\(build.errors)")

        let result = try await ChildProcess.output(
            of: try Built.executable("NameCaller"), ["http://slow.example/", "1000"],
            environment: ChildEnvironment.make(["LD_PRELOAD": library]))
        #expect(result.end == .exit(0), "\(result.errors)")
        #expect(result.errors.contains("LOOKUP"), "libcurl looks names up by something else: this proves nothing")
        let match = result.output.firstMatch(of: #/RESULT (\w+) (\d+) (\d+)/#)?.output
        let (_, code, told, closed) = try #require(match, "\(result.output)")
        #expect(String(code) == HTTPFailure.connectTimeout)
        // The look-up takes two minutes, connecting may take one second.
        for time in [told, closed] {
            let milliseconds = try #require(Int(time))
            #expect(milliseconds < 9000, "what a connector takes by itself is 10 s")
        }
        withExtendedLifetime(folder) {}
    }
}
#endif
