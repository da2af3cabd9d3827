package import CleanroomModel
package import StatesLanguage

extension Deployment {
    /// What a deployment on this machine sets in what AWS asks IAM for.
    package var accessValues: [String: String] {
        var values = LocalAccount(deployment: self).substitutions
        values["Connection"] = apiAuthorization.split(separator: "/").first.map(String.init) ?? ""
        // The bucket that Athena itself makes for results: a policy may have a pattern for it.
        values["OwnResultsBucket"] =
            "aws-athena-query-results-\(LocalAccount.account)-\(LocalAccount.region)"
        return values
    }
}

extension CompiledMachine {
    /// The policy that the tasks of machines need, with everything set.
    ///
    /// - Throws: `DefinitionError` for what nothing sets.
    package static func policy(
        of machines: [CompiledMachine], for deployment: Deployment
    ) throws(DefinitionError) -> JSONValue {
        var values = deployment.accessValues
        values["ResultsBucket"] = "aws-athena-query-results-*"
        return try Substitutions(values).apply(to: policy(of: machines))
    }
}
