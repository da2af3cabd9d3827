/// What packed texts can point into, as if it came before them: the words that are the same for all rooms.
///
/// A sample is never changed once it is released, since texts that were packed point into it. Another one has another
/// version.
struct PackedTextSample: Sendable {
    /// The first byte of what was packed with it, and not the first byte of any text.
    let version: UInt8
    let bytes: [UInt8]

    /// The words of a room's journal, and those of what the catalog has of it.
    static let current = PackedTextSample(
        version: 1,
        text: """
            {"Name":"","Prefix":"cleanroom//","MaxKeys":1,"KeyCount":0,"IsTruncated":false,"Contents":[]}},{"t":1764000000000,\
            "r":{"QueryExecution":{"QueryExecutionId":"","Query":"CREATE DATABASE `` COMMENT 'cleanroom request= execution=\
            arn:aws:states:us-east-1:000000000000:execution:core-account-cleanroom-create: started=.000Z deployment=\
            core-account-cleanroom-create' LOCATION 's3://mytiki-ocean/cleanroom//' WITH DBPROPERTIES \
            ('cleanroom_request_id'='', 'cleanroom_execution'='', 'cleanroom_start_time'='', 'cleanroom_deployment'='')",\
            "StatementType":"DDL","WorkGroup":"primary","Status":{"State":"SUCCEEDED","SubmissionDateTime":"Z"}}}},\
            "Database":{"Name":"","CatalogId":"000000000000","CreateTime":"","Parameters":{"cleanroom_request_id":"",\
            "cleanroom_execution":"","cleanroom_start_time":"","cleanroom_deployment":""},"CreateTableDefaultPermissions":\
            [{"Principal":{"DataLakePrincipalIdentifier":"IAM_ALLOWED_PRINCIPALS"},"Permissions":["ALL"]}],"Description":\
            "cleanroom request=","LocationUri":"s3://"}}},{"t":"r":{}},{"t":"r":{"Failures":[{"RequestEntry":{"Id":"1",\
            "Principal":{"DataLakePrincipalIdentifier":"arn:aws:iam::000000000000:role/core-account-cleanroom-create"},\
            "Resource":{"DataLocation":{"ResourceArn":"arn:aws:s3:::mytiki-ocean/cleanroom//"}},"Permissions":\
            ["DATA_LOCATION_ACCESS"],"PermissionsWithGrantOption":["DATA_LOCATION_ACCESS"]},"Error":{"ErrorCode":\
            "InvalidInputException","ErrorMessage":"No permissions revoked. Grantee has no permissions and no grantable \
            permissions on resource."}}]}},"CreateTableDefaultPermissions":[],"ResourceInfo":{"ResourceArn":\
            "RoleArn":"arn:aws:iam::000000000000:role/core-account-cleanroom-create-location","HybridAccessEnabled":false,\
            "LastModified":""}}},{"PrincipalResourcePermissions":[{"Principal":{"DataLakePrincipalIdentifier":"},"Resource":\
            {"DataLocation":{"CatalogId":"000000000000","ResourceArn":"arn:aws:s3:::{"Database":{"CatalogId":"000000000000",\
            "Name":"}},"Permissions":["DESCRIBE"],"PermissionsWithGrantOption":["DESCRIBE"]}]}},"Resource":{"Table":\
            {"CatalogId":"000000000000","DatabaseName":"","Name":"ALL_TABLES","TableWildcard":{}}},"Permissions":\
            ["DESCRIBE"],"PermissionsWithGrantOption":["DESCRIBE"]},{"TableWithColumns":{"ColumnWildcard":{}}},\
            "Permissions":["SELECT"],"PermissionsWithGrantOption":["SELECT"]}]}},{"t":"r":{"TableList":[]}},{"t":"r":\
            {"StatusCode":200,"StatusText":"OK","Headers":{},"ResponseBody":""}}]["e":"LakeFormation.\
            EntityNotFoundException","c":"Entity not found: arn:aws:s3:::mytiki-ocean/cleanroom// is not registered \
            (Service: LakeFormation, Status Code: 400)"},[{"t":1764000000000,"e":"Glue.EntityNotFoundException","c":\
            "Database  not found. (Service: Glue, Status Code: 400)"},\
            {"arn:aws:s3:::mytiki-ocean/cleanroom//":{"Location":{"RoleArn":"arn:aws:iam::000000000000:role/\
            core-account-cleanroom-create-location","HybridAccessEnabled":false,"LastModified":},"Permissions":\
            {"LOCATION":{"":["DATA_LOCATION_ACCESS","DATA_LOCATION_ACCESS"]}}},\
            "":{"Database":{"Parameters":{"cleanroom_request_id":"","cleanroom_execution":\
            "arn:aws:states:us-east-1:000000000000:execution:core-account-cleanroom-create:","cleanroom_start_time":\
            "","cleanroom_deployment":"core-account-cleanroom-create"},"CreateTableDefaultPermissions":[],\
            "CreateTime":,"Description":"cleanroom request= execution=arn:aws:states:us-east-1:000000000000:\
            execution:core-account-cleanroom-create: started= deployment=core-account-cleanroom-create",\
            "LocationUri":"s3://mytiki-ocean/cleanroom//"},"Permissions":{"DATABASE":{"":["DESCRIBE","DESCRIBE"]},\
            "TABLES":{"":["DESCRIBE SELECT","DESCRIBE SELECT"]}}}}
            """)

    private init(version: UInt8, text: String) {
        self.version = version
        bytes = Array(text.utf8)
    }
}
