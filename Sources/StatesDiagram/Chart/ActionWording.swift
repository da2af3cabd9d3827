import StatesLanguage

/// What a task calls, as Workflow Studio writes it: `Lake Formation: BatchGrantPermissions`.
enum ActionWording {
    /// The services that are not called by the capitalised word in their resource.
    private static let services = [
        "apigateway": "API Gateway", "bedrock": "Bedrock", "cloudwatch": "CloudWatch", "dynamodb": "DynamoDB",
        "ec2": "EC2", "ecs": "ECS", "eks": "EKS", "elasticmapreduce": "EMR", "emr-serverless": "EMR Serverless",
        "eventbridge": "EventBridge", "events": "EventBridge", "http": "HTTP", "iam": "IAM", "kms": "KMS",
        "lakeformation": "Lake Formation", "mediaconvert": "MediaConvert", "rds": "RDS", "s3": "S3",
        "sagemaker": "SageMaker", "secretsmanager": "Secrets Manager", "sfn": "Step Functions", "sns": "SNS",
        "sqs": "SQS", "ssm": "Systems Manager", "states": "Step Functions", "sts": "STS",
    ]

    static func text(_ state: JSONValue) -> String {
        let resource = state["Resource"]?.stringValue ?? ""
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 5, parts[0] == "arn" else { return resource.isEmpty ? "Task" : resource }
        if parts[2] == "lambda" { return "Lambda: \(parts.dropFirst(6).first ?? "")" }
        if parts[2] == "states", parts[5] == "activity" { return "Activity: \(parts.dropFirst(6).joined())" }
        guard parts[2] == "states" else { return resource }
        let call = parts[5] == "aws-sdk" ? parts.dropFirst(6) : parts.dropFirst(5)
        guard call.count > 1, let service = call.first, let last = call.last else { return resource }
        let pieces = last.split(separator: ".", maxSplits: 1).map(String.init)
        let action = (pieces.first ?? last).capitalizingFirst
        let suffix =
            switch pieces.dropFirst().first {
            case .some(let pattern) where pattern.hasPrefix("sync"): ", to its end"
            case "waitForTaskToken": ", called back"
            default: ""
            }
        return "\(services[service.lowercased()] ?? service.capitalizingFirst): \(action)\(suffix)"
    }

    /// The word by which a picture tells the services apart.
    static func service(_ detail: String) -> String {
        detail.split(separator: ":").first.map(String.init) ?? ""
    }
}

extension String {
    fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}
