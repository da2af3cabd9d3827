import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An address of IPv4 or IPv6.
struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes or sixteen.
    let bytes: [UInt8]

    /// An address as it is written, without brackets, port and zone; `nil` for anything else.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    private init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    var description: String {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":")
    }

    // MARK: Whose it is

    /// What is not of the public network, or is not one machine there: the special-purpose registries of IANA.
    ///
    /// Source: <https://www.iana.org/assignments/iana-ipv4-special-registry>
    private static let specialFour: [(prefix: [UInt8], bits: Int)] = [
        ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24), ([192, 0, 2, 0], 24), ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16), ([198, 18, 0, 0], 15), ([198, 51, 100, 0], 24), ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4), ([240, 0, 0, 0], 4),
    ]

    /// Of the public part of IPv6, 2000::/3: protocol assignments and Teredo, documentation, and 6to4, which has an
    /// address of IPv4 in it.
    ///
    /// Source: <https://www.iana.org/assignments/iana-ipv6-special-registry>
    private static let specialSix: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0d, 0xb8], 32), ([0x20, 0x02], 16), ([0x3f, 0xff, 0x00], 20),
    ]

    /// Whether it is one machine of the public network.
    var isPublic: Bool {
        if bytes.count == 4 { return !Self.specialFour.contains { begins(with: $0.prefix, bits: $0.bits) } }
        // ::ffff:0:0/96 and 64:ff9b::/96 stand for the address of IPv4 at their end.
        let isMapped = begins(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], bits: 96)
        let isTranslated = begins(with: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96)
        if isMapped || isTranslated { return NetworkAddress(bytes: bytes.suffix(4)).isPublic }
        return begins(with: [0x20], bits: 3) && !Self.specialSix.contains { begins(with: $0.prefix, bits: $0.bits) }
    }

    private func begins(with prefix: [UInt8], bits: Int) -> Bool {
        for (index, byte) in prefix.enumerated() {
            let rest = bits - index * 8
            if rest <= 0 { return true }
            let mask: UInt8 = rest >= 8 ? 0xff : ~(0xff >> UInt8(rest))
            if bytes[index] & mask != byte & mask { return false }
        }
        return true
    }

    // MARK: Names

    /// Where names are looked up. It blocks for as long as the servers of names take, whether anybody still waits or not.
    private static let lookUps: OperationQueue = {
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 16
        return queue
    }()

    /// The addresses of a host, in the order in which they are to be tried. Who is cancelled does not wait for them.
    ///
    /// - Throws: `ResolutionFailure`.
    static func resolve(
        _ host: String, by lookUp: @escaping @Sendable (String) throws -> [NetworkAddress] = addresses
    ) async throws -> [NetworkAddress] {
        if let address = NetworkAddress(host) { return [address] }
        let answer = FirstAnswer()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.await(with: continuation)
                lookUps.addOperation { if answer.isAwaited { answer.give(Result { try lookUp(host) }) } }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// What is given first is the answer, whoever gives it.
    private final class FirstAnswer: Sendable {
        typealias Answer = Result<[NetworkAddress], any Error>

        private enum State {
            case nobody
            case awaited(CheckedContinuation<[NetworkAddress], any Error>)
            case early(Answer)
            case given
        }

        private let state = Mutex(State.nobody)

        // They lock, and what calls them is async (docs/architecture.md, Locks).
        var isAwaited: Bool { @inline(never) get { state.withLock { if case .awaited = $0 { true } else { false } } } }

        @inline(never)
        func await(with continuation: CheckedContinuation<[NetworkAddress], any Error>) {
            let early: Answer? = state.withLock { state in
                if case .early(let answer) = state {
                    state = .given
                    return answer
                }
                state = .awaited(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }

        @inline(never)
        func give(_ answer: Answer) {
            let waiting: CheckedContinuation<[NetworkAddress], any Error>? = state.withLock { state in
                switch state {
                case .nobody:
                    state = .early(answer)
                    return nil
                case .awaited(let continuation):
                    state = .given
                    return continuation
                case .early, .given: return nil
                }
            }
            waiting?.resume(with: answer)
        }
    }

    /// The addresses of a host, asked for on this thread.
    @Sendable
    static func addresses(of host: String) throws -> [NetworkAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        if code != 0 { throw ResolutionFailure(host: host, reason: String(cString: gai_strerror(code))) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.ai_addr else { continue }
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    found.append(NetworkAddress(bytes: withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }))
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    found.append(NetworkAddress(bytes: withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }))
                }
            default: break
            }
        }
        if found.isEmpty { throw ResolutionFailure(host: host, reason: "it has no address") }
        return found
    }
}

/// Why a host has no address.
struct ResolutionFailure: Error, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String { "the host '\(host)' cannot be found: \(reason)" }
}
