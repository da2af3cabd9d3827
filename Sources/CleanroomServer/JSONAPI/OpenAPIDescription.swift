import CleanroomModel
import CleanroomService
import HTTPTypes
package import StatesLanguage

/// The description of the JSON API in OpenAPI 3.1, which `/openapi.json` gives and `/docs` is made from.
package enum OpenAPIDescription {
    package static let document: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Cleanroom", "version": "1",
            "description":
                "Provisions data cleanrooms: a database of its own for each customer, shared with nobody else.",
        ],
        "servers": [["url": "/"]],
        // On loopback a server asks for a token only where tokens are configured.
        "security": [["bearer": []], [:]],
        "paths": [
            "/v1/cleanrooms": ["get": listRooms, "post": create],
            "/v1/cleanrooms/{database}": ["get": showRoom],
            "/v1/requests/{requestId}": ["get": showRequest],
            "/v1/requests/{requestId}/events": ["get": followRequest],
        ],
        "components": [
            "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]], "schemas": schemas,
        ],
    ]

    // MARK: Operations

    private static let create = operation(
        "createCleanroom", "Asks for a cleanroom",
        """
        The request is kept before this answers; from then on it has an outcome, which is told to the account service \
        and can be read under Location. The same requestId with the same content is the same request, however often it \
        is sent. A name that is taken already is refused here, and nothing is started; where a name is taken between \
        this look and the making of the room, the outcome is the error DatabaseAlreadyExists. To try again after an \
        error, use a new requestId.
        """,
        body: reference("NewRequest"),
        responses: [
            "202": accepted("The request is taken."),
            "200": accepted("The request was made before; this is what became of it so far."),
        ], problems: [.invalidJSON, .bodyTooLarge, .unsupportedMediaType, .invalidRequest, .databaseAlreadyExists])

    private static let listRooms = operation(
        "listCleanrooms", "Lists the cleanrooms", "In the order of their names, page by page.",
        parameters: [
            parameter(
                "limit", "How many a page has at the most.",
                [
                    "type": "integer", "minimum": .integer(Int64(CleanroomRoutes.limits.lowerBound)),
                    "maximum": .integer(Int64(CleanroomRoutes.limits.upperBound)),
                    "default": .integer(Int64(CleanroomRoutes.standardLimit)),
                ]),
            parameter(
                "cursor", "The nextCursor of the page before.",
                ["type": "string", "pattern": "^[a-z][a-z0-9_]{0,254}$"]),
        ], responses: ["200": json("A page.", reference("Page"))], problems: [.invalidParameter])

    private static let showRoom = operation(
        "showCleanroom", "Shows a cleanroom", "Where it is, and who may do what in it.",
        parameters: [pathParameter("database", "The name of the room.")],
        responses: ["200": json("The room.", reference("Cleanroom"))], problems: [.notFound])

    private static let showRequest = operation(
        "showRequest", "Tells what became of a request", "",
        parameters: [
            requestID,
            parameter(
                "wait", "How many seconds to hold the answer back until the outcome is decided.",
                [
                    "type": "integer", "minimum": .integer(Int64(RequestRoutes.waits.lowerBound)),
                    "maximum": .integer(Int64(RequestRoutes.waits.upperBound)), "default": 0,
                ]),
        ], responses: ["200": json("What is known of it.", reference("Request"))],
        problems: [.invalidParameter, .notFound])

    private static let followRequest = operation(
        "followRequest", "Follows a request",
        """
        Server-sent events: `step` with a Step whenever one begins, fails or ends; `outcome` with the Request as soon as \
        it is decided; and, where the answer is still on its way then, `delivery` with the Request when that has been \
        taken or was refused for the first time. Who is cut off comes again with the header Last-Event-ID and misses \
        nothing.
        """,
        parameters: [
            requestID,
            [
                "name": "Last-Event-ID", "in": "header", "required": false,
                "description": "The id of the last event that was received.", "schema": ["type": "string"],
            ],
        ],
        responses: [
            "200": [
                "description": "The events.", "content": ["text/event-stream": [:]],
            ], "204": ["description": "All has been told already."],
        ], problems: [.notFound])

    // MARK: Schemas

    private static let schemas: JSONValue = [
        "NewRequest": object(
            [
                "requestId": text(
                    "Identifies the request: \(CleanroomModel.RequestID.rule).",
                    pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
                "account": text(
                    "The AWS account to share the room with: \(AccountID.otherRule).", pattern: "^(?!0{12}$)[0-9]{12}$"),
                "database": text(
                    "The name of the room: \(DatabaseName.rule).", pattern: "^[a-z][a-z0-9_]{0,254}$"),
            ]),
        "Request": object(
            [
                "requestId": text("As it was sent."), "account": text("The AWS account of the room."),
                "database": text("The name of the room."), "location": text("Where the room is or would have been."),
                "status": choice(RequestOutcome.Status.allCases.map(\.rawValue), "RUNNING until it is decided."),
                "repeated": ["type": "boolean", "description": "Whether this request had been made before."],
                "executionArn": text("The execution that carries it through."), "startedAt": time,
                "durationMs": count("From the start until endedAt, or until now."),
                "endedAt": time,
                "recoveredBy": text("The execution that saw to an outcome that the first could not tell."),
                "steps": ["type": "array", "items": reference("Step")],
                "outcome": optional("Outcome", "null until it is decided."),
                "delivery": optional("Delivery", "What the account service is told; null until there is an answer."),
            ], optional: ["account", "database", "location", "endedAt", "recoveredBy"]),
        "Step": object(
            [
                "name": text("The state of the workflow."),
                "role": choice(RequestStep.Role.allCases.map(\.rawValue), "What it is for."),
                "status": choice(RequestStep.Status.allCases.map(\.rawValue), "How it ended, if it has."),
                "startedAt": time, "attempts": count("How often it was begun."), "endedAt": time,
                "found": [
                    "type": "boolean", "description": "false where a check found nothing, as it is meant to.",
                ], "failure": reference("Failure"),
            ], optional: ["endedAt", "found", "failure"]),
        "Outcome": object(
            [
                "status": choice(["SUCCEEDED", "FAILED"], "Whether the room stands, whole and verified."),
                "error": object(
                    [
                        "message": text("One of a closed list of names."), "cause": text("What happened, in words."),
                    ]), "leftovers": ["type": "boolean", "description": "Whether something may be left behind."],
            ], optional: ["error", "leftovers"]),
        "Delivery": object(
            [
                "status": choice(
                    ["KEPT", "DELIVERED", "UNDELIVERED"], "KEPT where there is nobody to send it to."),
                "path": text("The path to which it is sent."), "body": ["description": "What is sent."],
                "attempts": count("How often it was sent."), "failure": reference("Failure"),
                "redriveCount": count("How often it was begun anew after it had been given up."),
                "nextAttemptAt": time,
                "isGivenUp": [
                    "type": "boolean", "description": "Whether it is sent again only when an operator says so.",
                ],
            ], optional: ["failure", "nextAttemptAt", "isGivenUp"]),
        "Failure": object(["error": text("The name of the error."), "cause": text("What happened, in words.")]),
        "Cleanroom": object(
            [
                "database": text("The name."), "requestId": text("The request that made it."),
                "location": text("Where it is."), "registered": ["type": "boolean"], "createdAt": time,
                "tables": count("How many tables it has."),
                "grants": [
                    "type": "array",
                    "items": object(
                        [
                            "principal": text("Who may."),
                            "resource": object([
                                "kind": text("LOCATION, DATABASE or TABLES."), "name": text("Which one."),
                            ]), "permissions": texts, "grantable": texts,
                        ]),
                ],
            ]),
        "Page": object(
            [
                "cleanrooms": ["type": "array", "items": reference("Cleanroom")],
                "nextCursor": text("For the next page; not there on the last one."),
            ], optional: ["nextCursor"]),
        "Problem": object(
            [
                "type": text("Leads to what the code means."), "title": text("The code in words."),
                "status": ["type": "integer"], "detail": text("What is wrong."),
                "code": choice(ProblemDetails.Code.allCases.map(\.rawValue), "On which a client may branch."),
                "problems": [
                    "type": "array",
                    "items": object(["field": text("The field."), "detail": text("What is wrong with it.")]),
                ],
            ], optional: ["problems"]),
    ]

    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static let texts: JSONValue = ["type": "array", "items": ["type": "string"]]
    private static let requestID = pathParameter("requestId", "The requestId, as it was sent.")

    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func optional(_ name: String, _ description: String) -> JSONValue {
        ["description": .string(description), "oneOf": [reference(name), ["type": "null"]]]
    }

    private static func object(_ members: JSONObject, optional: Set<String> = []) -> JSONValue {
        [
            "type": "object", "properties": .object(members), "additionalProperties": false,
            "required": .strings(members.map(\.0).filter { !optional.contains($0) }),
        ]
    }

    private static func text(_ description: String, pattern: String? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "string", "description": .string(description)]
        if let pattern { schema["pattern"] = .string(pattern) }
        return .object(schema)
    }

    private static func choice(_ values: [String], _ description: String) -> JSONValue {
        ["type": "string", "enum": .strings(values), "description": .string(description)]
    }

    private static func count(_ description: String) -> JSONValue {
        ["type": "integer", "minimum": 0, "description": .string(description)]
    }

    // MARK: Parts

    private static func parameter(_ name: String, _ description: String, _ schema: JSONValue) -> JSONValue {
        [
            "name": .string(name), "in": "query", "required": false, "description": .string(description),
            "schema": schema,
        ]
    }

    private static func pathParameter(_ name: String, _ description: String) -> JSONValue {
        [
            "name": .string(name), "in": "path", "required": true, "description": .string(description),
            "schema": ["type": "string", "minLength": 1],
        ]
    }

    private static func json(_ description: String, _ schema: JSONValue) -> JSONValue {
        ["description": .string(description), "content": ["application/json": ["schema": schema]]]
    }

    private static func accepted(_ description: String) -> JSONValue {
        [
            "description": .string(description), "content": ["application/json": ["schema": reference("Request")]],
            "headers": [
                "Location": [
                    "description": "Where to read what becomes of it.", "required": true,
                    "schema": ["type": "string"],
                ]
            ],
        ]
    }

    private static func operation(
        _ id: String, _ summary: String, _ description: String, parameters: [JSONValue] = [], body: JSONValue? = nil,
        responses: JSONObject, problems: [ProblemDetails.Code]
    ) -> JSONValue {
        var operation: JSONObject = ["operationId": .string(id), "summary": .string(summary)]
        if !description.isEmpty { operation["description"] = .string(description) }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body {
            operation["requestBody"] = ["required": true, "content": ["application/json": ["schema": body]]]
        }
        var responses = responses
        for code in problems + [
            .malformedRequest, .unauthorized, .forbidden, .tooManyRequests, .internalError, .serviceUnavailable,
        ] {
            responses["\(code.status.code)"] = [
                "description": .string(code.title),
                "content": ["application/problem+json": ["schema": reference("Problem")]],
            ]
        }
        operation["responses"] = .object(responses)
        return .object(operation)
    }
}
