import Testing

/// What the executable of the tests begins with. Without this file, the package manager looks for tests of XCTest, which
/// there are none of, in an index that takes a fifth of the time of a build; `.ci/run` leaves the index out.
@main struct Main {
    static func main() async { await Testing.__swiftPMEntryPoint() as Never }
}
