import HTTPTypes
import StatesLanguage

/// The description of the JSON API for people: a page without anything from elsewhere.
package enum DocumentationPage {
    package static let html: String = {
        let document = OpenAPIDescription.document
        let operations = (document["paths"]?.objectValue ?? [:]).flatMap { path, methods in
            (methods.objectValue ?? [:]).map { method, operation in section(method, path, operation) }
        }
        let schemas = (document["components"]?["schemas"]?.objectValue ?? [:]).map(schema)
        let codes = ProblemDetails.Code.allCases.map { code in
            "<tr id=\"\(escape(code.rawValue))\"><td><code>\(escape(code.rawValue))</code></td>"
                + "<td>\(code.status.code)</td><td>\(escape(code.title))</td><td>\(escape(code.advice))</td></tr>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Cleanroom: JSON API</title><style>\(style)</style></head>
            <body><main>
            <h1>Cleanroom: JSON API</h1>
            <p>\(escape(document["info"]?["description"]?.stringValue ?? "")) The same in
            <a href="/openapi.json">OpenAPI 3.1</a>. Where the server has tokens, every call below <code>/v1</code> carries
            <code>Authorization: Bearer …</code>.</p>
            <h2>A first room</h2>
            <pre>curl -i http://127.0.0.1:8787/v1/cleanrooms --json \\
              '{"requestId":"00000000-0000-4000-8000-000000000002","account":"111122223333","database":"acme_room"}'
            curl 'http://127.0.0.1:8787/v1/requests/00000000-0000-4000-8000-000000000002?wait=30'
            curl -N http://127.0.0.1:8787/v1/requests/00000000-0000-4000-8000-000000000002/events</pre>
            \(operations.joined(separator: "\n"))
            <h2>Documents</h2>
            \(schemas.joined(separator: "\n"))
            <h2>Problems</h2>
            <p>What is not done is told as RFC 9457 describes it, with a <code>code</code> to branch on.</p>
            <table><tr><th>code</th><th>status</th><th>means</th><th>what to do</th></tr>
            \(codes.joined(separator: "\n"))</table>
            </main></body></html>

            """
    }()

    private static func section(_ method: String, _ path: String, _ operation: JSONValue) -> String {
        let parameters = (operation["parameters"]?.arrayValue ?? []).map { parameter in
            row(parameter["name"], parameter["in"], parameter["description"])
        }
        let body = operation["requestBody"]?["content"]?["application/json"]?["schema"].map { schema in
            "<p>Body: \(type(schema))</p>"
        }
        let responses = (operation["responses"]?.objectValue ?? [:]).map { status, response in
            let schema = (response["content"]?.objectValue ?? [:]).first { _ in true }?.1["schema"]
            return "<tr><td>\(status)</td><td>\(schema.map(type) ?? "")</td>"
                + "<td>\(text(response["description"]))</td></tr>"
        }
        return """
            <section id="\(text(operation["operationId"]))">
            <h2>\(text(operation["summary"]))</h2>
            <p><code><b>\(escape(method.uppercased()))</b> \(escape(path))</code></p>
            <p>\(text(operation["description"]))</p>
            \(parameters.isEmpty ? "" : "<table>\(parameters.joined())</table>")\(body ?? "")
            <table>\(responses.joined())</table></section>
            """
    }

    private static func schema(_ name: String, _ schema: JSONValue) -> String {
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        let members = (schema["properties"]?.objectValue ?? [:]).map { member, schema in
            let mark = required.contains(member) ? "" : " <i>(not always)</i>"
            return "<tr><td><code>\(escape(member))</code>\(mark)</td><td>\(type(schema))</td>"
                + "<td>\(text(schema["description"]))</td></tr>"
        }
        return "<h3 id=\"\(escape(name))\">\(escape(name))</h3><table>\(members.joined())</table>"
    }

    private static func type(_ schema: JSONValue) -> String {
        if let name = schema["$ref"]?.stringValue?.split(separator: "/").last {
            return "<a href=\"#\(name)\">\(name)</a>"
        }
        if let choices = schema["oneOf"]?.arrayValue { return choices.map(type).joined(separator: " or ") }
        if let values = schema["enum"]?.arrayValue {
            return values.compactMap(\.stringValue).map(escape).joined(separator: ", ")
        }
        if let items = schema["items"] { return "list of \(type(items))" }
        return text(schema["type"])
    }

    private static func row(_ cells: JSONValue?...) -> String {
        "<tr>\(cells.map { "<td>\(text($0))</td>" }.joined())</tr>"
    }

    private static func text(_ json: JSONValue?) -> String { escape(json?.stringValue ?? "") }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1c1c1e;background:#fff}
        main{max-width:60rem;margin:0 auto;padding:1rem}
        table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{border-bottom:1px solid #ddd;padding:.3rem;
        text-align:left;vertical-align:top}pre{background:#f4f4f6;padding:.7rem;overflow:auto}
        h2{margin-top:2rem;border-top:2px solid #ddd;padding-top:.6rem}tr:target{background:#fff3c4}
        @media(prefers-color-scheme:dark){body{color:#eee;background:#17171a}pre{background:#26262a}a{color:#8ab4ff}
        td,th,h2{border-color:#3a3a3e}tr:target{background:#4a4013}}
        """
}
