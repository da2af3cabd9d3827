// swift-tools-version: 6.2
import PackageDescription

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let bitCollections: Target.Dependency = .product(name: "BitCollections", package: "swift-collections")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")

let package = Package(
    name: "cleanroom",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "cleanroom", targets: ["cleanroom"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    // The floors of the house: a target imports only what stands below it (docs/architecture.md).
    targets: [
        .executableTarget(name: "cleanroom", dependencies: ["CleanroomCLI", argumentParser]),
        .target(
            name: "CleanroomCLI",
            dependencies: [
                "AWSClient", "AWSSigning", "CleanroomModel", "CleanroomServer", "CleanroomService",
                "CleanroomWorkflows", "DurableExecution", "EmbeddedLake", "StatesDiagram", "StatesLanguage",
                argumentParser, configuration, logging, system,
            ]),
        .target(
            name: "CleanroomServer",
            dependencies: [
                "AWSSigning", "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake",
                "StatesLanguage", coreMetrics, httpTypes, hummingbird, logging, metrics, nioCore,
                nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, serviceLifecycle, unixSignals,
            ]),
        .target(
            name: "CleanroomService",
            dependencies: [
                "CleanroomModel", "CleanroomWorkflows", "DurableExecution", "EmbeddedLake", "SagaKit",
                "StatesLanguage",
            ]),
        .target(
            name: "EmbeddedLake",
            dependencies: ["CleanroomModel", "DurableExecution", "StatesLanguage", crypto, grdb, sqlite]),
        .target(
            name: "AWSClient",
            dependencies: [
                "CleanroomModel", "DurableExecution", "StatesLanguage", asyncHTTPClient, nioCore, nioHTTP1, nioSSL,
            ]),
        .target(name: "CleanroomWorkflows", dependencies: ["CleanroomModel", "SagaKit", "StatesLanguage"]),
        .target(name: "DurableExecution", dependencies: ["StatesLanguage"]),
        .target(name: "StatesDiagram", dependencies: ["StatesLanguage"]),
        .target(name: "SagaKit", dependencies: ["StatesLanguage"]),
        .target(name: "StatesLanguage", dependencies: ["JSONata", bitCollections, crypto, orderedCollections]),
        .target(name: "CleanroomModel"),
        .target(name: "JSONata"),
        .target(name: "AWSSigning", dependencies: [crypto]),

        .target(
            name: "TestSupport",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage", crypto,
                grdb,
                asn1, nioCore, nioHTTP1, nioPosix, nioSSL, x509,
            ],
            path: "Tests/TestSupport"),
        .target(
            name: "CleanroomSimulator",
            dependencies: [
                "CleanroomModel", "CleanroomService", "CleanroomWorkflows", "DurableExecution", "EmbeddedLake",
                "SagaKit", "StatesLanguage", heap,
            ],
            path: "Tests/Simulator"),
        .executableTarget(
            name: "simulate",
            dependencies: [
                "CleanroomModel", "CleanroomService", "CleanroomSimulator", "CleanroomWorkflows", "SagaKit",
                "StatesLanguage", argumentParser,
            ],
            path: "Tests/Simulate"),
        .executableTarget(
            name: "crash-probe",
            dependencies: [
                "CleanroomModel", "CleanroomService", "CleanroomSimulator", "DurableExecution", "EmbeddedLake",
                "StatesLanguage", "TestSupport",
            ],
            path: "Tests/CrashProbe"),
        .executableTarget(
            name: "crash-drill",
            dependencies: [
                "CleanroomModel", "CleanroomService", "CleanroomSimulator", "DurableExecution", "EmbeddedLake",
                "StatesLanguage", "TestSupport", "cleanroom", "crash-probe", grdb,
            ],
            path: "Tests/CrashDrill"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "AWSSigning", "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake",
                "StatesLanguage", sqlite,
            ],
            path: "Benchmarks/Program"),
        .target(
            name: "BadInput", dependencies: ["DurableExecution", "EmbeddedLake", "StatesLanguage"],
            path: "Tests/BadInput"),
        .testTarget(
            name: "BadInputTests",
            dependencies: [
                "BadInput", "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport",
            ]),
        .testTarget(name: "AWSSigningTests", dependencies: ["AWSSigning", "StatesLanguage", "TestSupport"]),
        .testTarget(name: "CleanroomModelTests", dependencies: ["CleanroomModel"]),
        .testTarget(name: "JSONataTests", dependencies: ["JSONata", "TestSupport"]),
        .testTarget(name: "StatesLanguageTests", dependencies: ["StatesLanguage", "TestSupport"]),
        .testTarget(
            name: "StatesDiagramTests",
            dependencies: ["CleanroomWorkflows", "SagaKit", "StatesDiagram", "StatesLanguage", "TestSupport"]),
        .testTarget(
            name: "DurableExecutionTests",
            dependencies: ["CleanroomSimulator", "DurableExecution", "StatesLanguage", "TestSupport"]),
        .testTarget(
            name: "AWSClientTests",
            dependencies: [
                "AWSClient", "CleanroomModel", "DurableExecution", "StatesLanguage", "TestSupport", nioCore,
            ]),
        .testTarget(name: "SagaKitTests", dependencies: ["SagaKit", "StatesLanguage"]),
        .testTarget(
            name: "CleanroomWorkflowsTests",
            dependencies: ["CleanroomModel", "CleanroomWorkflows", "SagaKit", "StatesLanguage", orderedCollections]),
        .testTarget(
            name: "EmbeddedLakeTests",
            dependencies: [
                "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake", "StatesLanguage",
                "TestSupport", grdb,
            ]),
        .testTarget(
            name: "CleanroomServiceTests",
            dependencies: [
                "AWSClient", "CleanroomModel", "CleanroomService", "DurableExecution", "EmbeddedLake",
                "StatesLanguage", "TestSupport", "crash-probe", grdb, nioCore,
            ]),
        .testTarget(
            name: "CleanroomSimulatorTests",
            dependencies: [
                "CleanroomModel", "CleanroomService", "CleanroomSimulator", "CleanroomWorkflows", "EmbeddedLake",
                "SagaKit", "StatesLanguage", "TestSupport",
            ]),
        .testTarget(
            name: "CleanroomServerTests",
            dependencies: [
                "AWSSigning", "CleanroomModel", "CleanroomServer", "CleanroomService", "DurableExecution",
                "EmbeddedLake", "StatesLanguage", "TestSupport", coreMetrics, httpTypes, hummingbird,
                hummingbirdTesting, logging, nioCore,
            ]),
        .testTarget(
            name: "CleanroomCLITests",
            dependencies: [
                "AWSClient", "CleanroomServer", "CleanroomService", "CleanroomWorkflows", "StatesLanguage",
                "TestSupport", "cleanroom", "crash-drill",
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
// `make sanitize` sets this: the faces are left out, whose packages would take most of the time of a build.
if Context.environment["CLEANROOM_SANITIZE"] != nil {
    let isLeftOut: Set = [
        "cleanroom", "CleanroomCLI", "CleanroomCLITests", "CleanroomServer", "CleanroomServerTests", "crash-drill",
    ]
    package.targets.removeAll { isLeftOut.contains($0.name) }
    package.products = []
}
let isFuzzed: Set = ["JSONata", "StatesLanguage", "DurableExecution", "EmbeddedLake", "BadInput"]
// Where most of the time of the tests goes: optimized in a debug build, too.
let isOptimized: Set = [
    "AWSSigning", "CleanroomModel", "CleanroomService", "CleanroomSimulator", "CleanroomWorkflows", "DurableExecution",
    "EmbeddedLake", "JSONata", "SagaKit", "StatesDiagram", "StatesLanguage",
]

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
    } else if isOptimized.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
    }
}
