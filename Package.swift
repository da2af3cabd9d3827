// swift-tools-version: 6.2
import PackageDescription

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")

let package = Package(
    name: "cleanroom",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "cleanroom", targets: ["cleanroom"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    // The floors of the house: a target imports only what stands below it (docs/architecture.md).
    targets: [
        .executableTarget(name: "cleanroom", dependencies: ["CleanroomCLI", argumentParser]),
        .target(
            name: "CleanroomCLI",
            dependencies: [
                "AWSClient", "CleanroomModel", "CleanroomService", "CleanroomWorkflows", "DurableExecution",
                "CleanroomSimulator", "EmbeddedLake", "StatesLanguage", argumentParser, configuration, system,
            ]),
        .target(
            name: "CleanroomSimulator",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage", crypto,
                heap,
            ]),
        .target(
            name: "CleanroomService",
            dependencies: [
                "CleanroomModel", "CleanroomWorkflows", "DurableExecution", "EmbeddedLake", "StatesLanguage", crypto,
            ]),
        .target(
            name: "EmbeddedLake", dependencies: ["CleanroomModel", "DurableExecution", "StatesLanguage", grdb]),
        .target(
            name: "AWSClient", dependencies: ["DurableExecution", "StatesLanguage", asyncHTTPClient, nioCore, nioHTTP1]),
        .target(name: "CleanroomWorkflows", dependencies: ["CleanroomModel", "StatesLanguage"]),
        .target(name: "DurableExecution", dependencies: ["StatesLanguage"]),
        .target(name: "StatesLanguage", dependencies: [crypto, orderedCollections]),
        .target(name: "CleanroomModel"),

        .target(
            name: "TestSupport",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage", grdb,
            ],
            path: "Tests/TestSupport"),
        .executableTarget(
            name: "crash-probe",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport",
            ],
            path: "Tests/CrashProbe"),
        .executableTarget(
            name: "crash-drill",
            dependencies: ["CleanroomModel", "EmbeddedLake", "StatesLanguage", "TestSupport", "cleanroom", grdb],
            path: "Tests/CrashDrill"),
        .target(
            name: "BadInput", dependencies: ["DurableExecution", "EmbeddedLake", "StatesLanguage"],
            path: "Tests/BadInput"),
        .testTarget(
            name: "BadInputTests",
            dependencies: [
                "BadInput", "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport",
            ]),
        .testTarget(name: "CleanroomModelTests", dependencies: ["CleanroomModel"]),
        .testTarget(name: "StatesLanguageTests", dependencies: ["StatesLanguage"]),
        .testTarget(
            name: "DurableExecutionTests", dependencies: ["DurableExecution", "StatesLanguage", "TestSupport"]),
        .testTarget(
            name: "CleanroomWorkflowsTests",
            dependencies: ["CleanroomModel", "CleanroomWorkflows", "StatesLanguage", orderedCollections]),
        .testTarget(
            name: "EmbeddedLakeTests",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport", grdb,
            ]),
        .testTarget(
            name: "CleanroomServiceTests",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport", "crash-probe", grdb,
            ]),
        .testTarget(
            name: "CleanroomSimulatorTests",
            dependencies: ["CleanroomModel", "CleanroomService", "CleanroomSimulator", "EmbeddedLake", "TestSupport"]),
        .testTarget(
            name: "CleanroomCLITests",
            dependencies: [
                "AWSClient", "CleanroomService", "CleanroomWorkflows", "StatesLanguage", "TestSupport", "cleanroom",
                "crash-drill",
            ]),
    ]
)

// `make fuzz` sets this to the path of libFuzzer: what reads bad input is then built to tell the fuzzer where it has been,
// and optimized, since the fuzzer lives by how much it can try.
if let libFuzzer = Context.environment["CLEANROOM_FUZZ"] {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["BadInput"], path: "Tests/Fuzz",
            linkerSettings: [.unsafeFlags(["-Xlinker", libFuzzer, "-lstdc++"])]))
}
// `make sanitize` sets this: what needs the network's packages is left out, which would take most of the time of a build
// and has no threads of ours.
if Context.environment["CLEANROOM_SANITIZE"] != nil {
    let isLeftOut: Set = ["cleanroom", "CleanroomCLI", "AWSClient", "crash-drill", "CleanroomCLITests"]
    package.targets.removeAll { isLeftOut.contains($0.name) }
    package.products = []
}
let isFuzzed: Set = ["StatesLanguage", "DurableExecution", "EmbeddedLake", "BadInput"]

for target in package.targets {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if Context.environment["CLEANROOM_FUZZ"] != nil, isFuzzed.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer", "-O"]))
    }
}
