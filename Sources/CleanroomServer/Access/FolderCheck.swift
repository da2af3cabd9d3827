import EmbeddedLake
import Hummingbird

/// Answers nothing out of a folder that is not the one that was opened: what stands in it may be lost.
struct FolderCheck: RouterMiddleware {
    let watch: FolderWatch

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if let problem = watch.problem { throw problem }
        return try await next(request, context)
    }
}
