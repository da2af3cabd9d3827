import EmbeddedLake
import StatesLanguage
import TestSupport
import Testing

@testable import CleanroomServer

/// What reads and what writes in the services that clients call.
struct ReadingAndWritingTests {
    @Test(arguments: ClientService.allCases)
    func `each action is answered on a snapshot or in a transaction that writes, and not in both`(
        service: ClientService
    ) throws {
        let folder = TemporaryFolder()
        let store = try LakeStore(folder: DataFolder(path: folder.path))
        let shapes = try #require(AWSEndpoint.shapes[service])
        for action in shapes.values.map(\.action) where action != "stopExecution" {
            let call = ServiceCall(
                action: action, parameters: [:], caller: "arn:aws:iam::000000000000:user/operator", token: action,
                time: Timestamp(milliseconds: 0))
            let reads = try store.readCatalogNow { lake in
                try isThere { _ = try service.read(call, workgroup: "primary", in: lake) }
            }
            let writes = try store.writeNow { transaction in
                try isThere { _ = try service.write(call, workgroup: "primary", in: transaction) }
            }
            #expect(reads != writes, "\(action)")
            #expect(reads == service.onlyReads(action), "\(action)")
        }
    }

    /// Whether a service has the action that is called. What else may be wrong with the call says that it has.
    private func isThere(_ call: () throws -> Void) throws -> Bool {
        do {
            try call()
            return true
        } catch let error as ServiceError {
            return error.code != "UnknownOperationException"
        }
    }
}
