import Foundation

/// How many files, and so how many connections, this process may have open.
package enum OpenFiles {
    /// How many of them are for other things than connections: the store, the log, calls of endpoints.
    package static let reserve = 200

    /// Allows as many as are wanted, if the system lets it, and gives how many are allowed.
    package static func allow(_ wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return wanted }
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
            setrlimit(resource, &limit)
            getrlimit(resource, &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    #if canImport(Darwin)
        private static let resource = RLIMIT_NOFILE
    #else
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
