import Testing

@testable import AWSClient

/// Which addresses are one machine of the public network.
struct NetworkAddressTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.255.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "4000::1",
    ])
    func `an address of this machine, of its network, or of many machines is not public`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1",
        "192.167.0.1",
        "198.17.0.1", "198.20.0.1", "223.255.255.255", "126.0.0.1", "128.0.0.1", "2606:4700:4700::1111",
        "2a00:1450:4001::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808",
    ])
    func `any other address is`(text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(address.isPublic)
        #expect(NetworkAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "1.2.3", "1.2.3.4.5", "[::1]", "1.2.3.4:80",
    ])
    func `what is no address is a name, and is looked up`(text: String) { #expect(NetworkAddress(text) == nil) }

    @Test func `a name has all of its addresses`() async throws {
        #expect(try await NetworkAddress.resolve("localhost").allSatisfy { !$0.isPublic })
        #expect(try await NetworkAddress.resolve("2130706433") == [try #require(NetworkAddress("127.0.0.1"))])
        await #expect(throws: ResolutionFailure.self) { try await NetworkAddress.resolve("nobody.invalid") }
    }
}
