import Testing

@testable import PipServices

@Suite struct MemcachedKeyHashTests {
    @Test(
        "The hash is that of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_0),
                "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711"
            ),
        ])
    func isStandard(text: String, hash: String) { #expect(MemcachedKeyHash.hex(of: Array(text.utf8)) == hash) }
}
