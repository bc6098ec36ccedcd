#if PIP_CURL
import Foundation
import PipServices
import Testing

/// A look-up of a name that takes for ever holds nobody up: neither a request, nor who closes the connector. Of the
/// addresses of a name, one that accepts is used.
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

    /// Two addresses of this machine for one name: nobody listens at the first.
    private static let twoAddresses = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>

        typedef int Lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
            Lookup *lookup = (Lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
            struct addrinfo **end = result;
            (void)node;
            int code = lookup("127.0.0.3", service, hints, end);
            if (code != 0) return code;
            while (*end) end = &(*end)->ai_next;
            return lookup("127.0.0.1", service, hints, end);
        }

        """

    /// Swift for Linux brings the first.
    private static let compiler: URL? = ["clang", "cc", "gcc"].lazy.compactMap { try? Built.command($0) }.first

    @Test(.enabled(if: NameLookupTests.compiler != nil, "There is no C compiler: neither clang nor cc nor gcc"))
    func connectingEndsInTimeWhileANameIsLookedUp() async throws {
        let folder = try TemporaryFolder()
        let library = try await Self.build(Self.source, in: folder)
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

    @Test(
        "If the first address of a host refuses, the next one is used",
        .enabled(if: NameLookupTests.compiler != nil, "There is no C compiler: neither clang nor cc nor gcc"))
    func allAddressesAreTried() async throws {
        let folder = try TemporaryFolder()
        let library = try await Self.build(Self.twoAddresses, in: folder)
        // It listens at 127.0.0.1 only.
        try await RunningService.run { service async throws in
            let result = try await ChildProcess.output(
                of: try Built.executable("NameCaller"), ["http://two.example:\(service.port)/heartbeat", "30000"],
                environment: ChildEnvironment.make(["LD_PRELOAD": library]))
            #expect(result.end == .exit(0), "\(result.errors)")
            #expect(result.output.contains("RESULT none "), "\(result.output)")
        }
        withExtendedLifetime(folder) {}
    }

    /// Makes a library that stands in front of the system's, and gives its path.
    private static func build(_ text: String, in folder: TemporaryFolder) async throws -> String {
        let source = try folder.write("lookup.c", text)
        let library = folder.url.appending(path: "lookup.so").path
        let arguments = ["-shared", "-fPIC", "-o", library, source.path, "-ldl"]
        let build = try await ChildProcess.output(of: try #require(compiler), arguments)
        try #require(build.end == .exit(0), "\(build.errors)")
        return library
    }
}
#endif
