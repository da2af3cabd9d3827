/// The small sign at the left of a box: letters for a service, a drawing for the other states.
struct BoxSign {
    /// The class of its colour.
    let colour: String
    /// Two letters, or nothing.
    var letters = ""
    /// A path in a square of 20, or nothing.
    var path = ""

    private static let services: [String: (letters: String, colour: String)] = [
        "Athena": ("At", "analytics"), "Glue": ("Gl", "analytics"), "Lake Formation": ("LF", "analytics"),
        "EMR": ("EM", "analytics"), "S3": ("S3", "storage"), "Lambda": ("λ", "compute"), "ECS": ("EC", "compute"),
        "Batch": ("Ba", "compute"), "EC2": ("E2", "compute"), "Step Functions": ("SF", "integration"),
        "SNS": ("SN", "integration"), "SQS": ("SQ", "integration"), "EventBridge": ("EB", "integration"),
        "DynamoDB": ("Dy", "database"), "RDS": ("RD", "database"), "HTTP": ("", "web"),
        "API Gateway": ("AG", "web"), "Activity": ("Ac", "other"),
    ]

    init(_ node: Chart.Node) {
        switch node.kind {
        case .task, .start, .end, .group, .missing:
            let service = ActionWording.service(node.detail)
            let known = Self.services[service]
            colour = node.kind == .task ? known?.colour ?? "other" : node.kind == .missing ? "bad" : "flow"
            if node.kind == .task { letters = known?.letters ?? String(service.prefix(2)) }
            if service == "HTTP" {
                path = "M10 4.5a5.5 5.5 0 1 0 .01 0zM4.5 10h11M10 4.5c-4 3.4-4 7.6 0 11M10 4.5c4 3.4 4 7.6 0 11"
            }
            if node.kind == .group { path = "M5.5 7.5h9M5.5 10h9M5.5 12.5h9" }
            if node.kind == .missing { letters = "?" }
        case .pass: (colour, path) = ("flow", "M5 10h9.5M11 6.5l3.5 3.5-3.5 3.5")
        case .choice: (colour, path) = ("flow", "M10 4.5l5.5 5.5-5.5 5.5-5.5-5.5z")
        case .wait: (colour, path) = ("flow", "M10 4.5a5.5 5.5 0 1 0 .01 0zM10 7v3.2l2.2 1.3")
        case .succeed: (colour, path) = ("good", "M5.5 10.5l3 3 6-6.5")
        case .fail: (colour, path) = ("bad", "M6 6l8 8M14 6l-8 8")
        case .map: (colour, path) = ("flow", "M5 7h7v7h-7zM8 7v-2h7v7h-3")
        case .parallel: (colour, path) = ("flow", "M7 5v10M13 5v10")
        }
    }
}
