"""Every action of Athena, Glue, Lake Formation and STS that is served, through boto3, with paginators and errors."""
import datetime
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

CUSTOMER = "111122223333"
OPERATOR = "arn:aws:iam::000000000000:user/operator"
ROLE = "arn:aws:iam::000000000000:role/location"
EVERY_PERMISSION = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]


@pytest.fixture(scope="module")
def athena(server):
    return server.client("athena")


@pytest.fixture(scope="module")
def glue(server):
    return server.client("glue")


@pytest.fixture(scope="module")
def lake(server):
    return server.client("lakeformation")


@pytest.fixture
def name():
    return "d" + uuid.uuid4().hex


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    response = error.value.response
    assert response["Error"]["Code"] == code, response["Error"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return response["Error"]["Message"]


def run(athena, statement, state="SUCCEEDED", **arguments):
    """Runs a statement to its end and gives its id."""
    id = athena.start_query_execution(QueryString=statement, **arguments)["QueryExecutionId"]
    query = athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]
    assert query["Status"]["State"] == state, query
    assert isinstance(query["Status"]["SubmissionDateTime"], datetime.datetime)
    return id


def rows(athena, id):
    found = athena.get_query_results(QueryExecutionId=id)["ResultSet"]["Rows"]
    return [[cell["VarCharValue"] for cell in row["Data"]] for row in found]


# Athena


def test_databases_are_made_shown_and_dropped_by_statements(athena, glue, name):
    id = run(athena, f"CREATE DATABASE `{name}` COMMENT 'it''s mine' LOCATION 's3://bucket/{name}/'")
    assert athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]["StatementType"] == "DDL"
    assert rows(athena, id) == []
    database = glue.get_database(Name=name)["Database"]
    assert database["Description"] == "it's mine" and database["LocationUri"] == f"s3://bucket/{name}/"
    assert [name] in rows(athena, run(athena, "SHOW DATABASES"))
    assert rows(athena, run(athena, f"show databases like '{name[:20]}*'")) == [[name]]
    run(athena, f"DROP DATABASE {name}")
    failed = run(athena, f"DROP DATABASE {name}", state="FAILED")
    refused("InvalidRequestException", athena.get_query_results, QueryExecutionId=failed)
    run(athena, f"DROP DATABASE IF EXISTS {name}")


def test_select_1_answers_with_a_header_and_a_row(athena):
    id = run(athena, "SELECT 1")
    assert rows(athena, id) == [["_col0"], ["1"]]
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=id, PaginationConfig={"PageSize": 1})
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1, 1]
    assert athena.stop_query_execution(QueryExecutionId=id)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_statements_may_have_comments_and_aliases_and_reserved_words_need_backticks(athena, name):
    # https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
    id = run(athena, "-- which\nSELECT /* one */ 1 AS id")
    assert rows(athena, id) == [["id"], ["1"]]
    assert athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]["StatementType"] == "DML"
    assert "reserved word" in refused(
        "InvalidRequestException", athena.start_query_execution, QueryString="CREATE DATABASE user")
    for quoted in (f"{name}-with-hyphens", "user"):
        run(athena, f"CREATE DATABASE `{quoted}`")
        run(athena, f"DROP DATABASE `{quoted}`")


@pytest.mark.parametrize("statement", [
    "INSERT INTO t VALUES (1)", "SELECT 2", "CREATE TABLE t (a int)", "DROP TABLE t", "nonsense", "MSCK REPAIR TABLE t"])
def test_any_other_statement_is_refused_by_its_name(athena, statement):
    message = refused("InvalidRequestException", athena.start_query_execution, QueryString=statement)
    assert "is not supported here" in message or "is expected here" in message


def test_a_token_belongs_to_one_statement(athena):
    token = uuid.uuid4().hex
    first = athena.start_query_execution(QueryString="SELECT 1", ClientRequestToken=token)
    again = athena.start_query_execution(QueryString="SELECT 1", ClientRequestToken=token)
    assert first["QueryExecutionId"] == again["QueryExecutionId"]
    refused(
        "InvalidRequestException", athena.start_query_execution, QueryString="SHOW DATABASES", ClientRequestToken=token)


def test_statements_are_listed_page_by_page(athena):
    made = {run(athena, "SELECT 1") for _ in range(5)}
    pages = list(athena.get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": 2}))
    listed = [id for page in pages for id in page["QueryExecutionIds"]]
    assert made <= set(listed) and len(listed) == len(set(listed))
    assert all(len(page["QueryExecutionIds"]) <= 2 for page in pages)
    refused("InvalidRequestException", athena.list_query_executions, NextToken="nonsense")
    refused("InvalidRequestException", athena.list_query_executions, WorkGroup="nobody")


def test_workgroups_are_there(athena):
    assert [group["Name"] for group in athena.list_work_groups()["WorkGroups"]] == ["primary"]
    assert athena.get_work_group(WorkGroup="primary")["WorkGroup"]["State"] == "ENABLED"
    assert "nobody" in refused("InvalidRequestException", athena.get_work_group, WorkGroup="nobody")
    refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT 1", WorkGroup="nobody")
    for call in (athena.get_query_execution, athena.stop_query_execution, athena.get_query_results):
        refused("InvalidRequestException", call, QueryExecutionId="nobody")
    assert "CreateWorkGroup" in refused("UnknownOperationException", athena.create_work_group, Name="w")


# Glue


def test_databases_are_made_changed_listed_and_deleted(glue, name):
    glue.create_database(DatabaseInput={"Name": name, "Description": "first", "Parameters": {"CreateTime": "a text"}})
    database = glue.get_database(Name=name)["Database"]
    assert database["Description"] == "first" and isinstance(database["CreateTime"], datetime.datetime)
    assert database["Parameters"] == {"CreateTime": "a text"}
    refused("AlreadyExistsException", glue.create_database, DatabaseInput={"Name": name})
    glue.update_database(Name=name, DatabaseInput={"Name": name, "LocationUri": "s3://bucket/x/"})
    database = glue.get_database(Name=name)["Database"]
    assert "Description" not in database and database["LocationUri"] == "s3://bucket/x/"
    pages = list(glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1}))
    assert name in [d["Name"] for page in pages for d in page["DatabaseList"]]
    refused("InvalidInputException", glue.get_databases, NextToken="nonsense")
    glue.delete_database(Name=name)
    for call in (glue.get_database, glue.delete_database):
        assert refused("EntityNotFoundException", call, Name=name) == f"Database {name} not found."
    refused("EntityNotFoundException", glue.update_database, Name=name, DatabaseInput={"Name": name})


def test_tables_are_made_changed_listed_and_deleted(glue, athena, name):
    glue.create_database(DatabaseInput={"Name": name})
    columns = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://bucket/t/"}
    for table in ("one", "two", "three"):
        glue.create_table(DatabaseName=name, TableInput={"Name": table, "StorageDescriptor": columns})
    refused("AlreadyExistsException", glue.create_table, DatabaseName=name, TableInput={"Name": "one"})
    table = glue.get_table(DatabaseName=name, Name="one")["Table"]
    assert table["StorageDescriptor"] == columns and table["DatabaseName"] == name and table["VersionId"] == "0"
    glue.update_table(DatabaseName=name, TableInput={"Name": "one", "Description": "changed"})
    table = glue.get_table(DatabaseName=name, Name="one")["Table"]
    assert table["Description"] == "changed" and "StorageDescriptor" not in table and table["VersionId"] == "1"
    pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=name, PaginationConfig={"PageSize": 2}))
    assert [[t["Name"] for t in page["TableList"]] for page in pages] == [["one", "three"], ["two"]]
    failed = run(athena, f"DROP DATABASE {name}", state="FAILED")
    reason = athena.get_query_execution(QueryExecutionId=failed)["QueryExecution"]["Status"]["StateChangeReason"]
    assert "is not empty" in reason
    glue.delete_table(DatabaseName=name, Name="one")
    refused("EntityNotFoundException", glue.get_table, DatabaseName=name, Name="one")
    refused("EntityNotFoundException", glue.delete_table, DatabaseName=name, Name="one")
    refused("EntityNotFoundException", glue.update_table, DatabaseName=name, TableInput={"Name": "one"})
    glue.delete_database(Name=name)
    refused("EntityNotFoundException", glue.get_tables, DatabaseName=name)
    refused("EntityNotFoundException", glue.create_table, DatabaseName=name, TableInput={"Name": "x"})


def test_names_are_folded_to_lower_case(glue, name):
    glue.create_database(DatabaseInput={"Name": name.upper()})
    assert glue.get_database(Name=name.upper())["Database"]["Name"] == name
    glue.create_table(DatabaseName=name.upper(), TableInput={"Name": "T"})
    assert glue.get_table(DatabaseName=name, Name="T")["Table"]["Name"] == "t"
    glue.tag_resource(ResourceArn=tag_arn(name.upper()), TagsToAdd={"k": "v"})
    assert glue.get_tags(ResourceArn=tag_arn(name))["Tags"] == {"k": "v"}
    glue.delete_database(Name=name.upper())
    refused("EntityNotFoundException", glue.get_tags, ResourceArn=tag_arn(name))
    refused("EntityNotFoundException", glue.tag_resource, ResourceArn=tag_arn(name), TagsToAdd={"k": "v"})


def test_glue_says_what_rule_a_parameter_breaks(glue):
    message = refused("ValidationException", glue.get_databases, MaxResults=101)
    assert "101" in message and "MaxResults" in message and "less than or equal to 100" in message
    # What would change nothing is not passed over.
    message = refused("ValidationException", glue.get_databases, ResourceShareType="ALL")
    assert "'ResourceShareType' of GetDatabases is not supported here" in message
    refused("AccessDeniedException", glue.get_databases, CatalogId=CUSTOMER)
    assert "CreateCrawler" in refused(
        "UnknownOperationException", glue.create_crawler, Name="c", Role="r", Targets={})


# Lake Formation


def database_resource(name):
    return {"Database": {"Name": name}}


def test_locations_are_registered_described_listed_and_taken_back(lake, name):
    arns = [f"arn:aws:s3:::bucket/{name}/{i}" for i in range(3)]
    for arn in arns:
        lake.register_resource(ResourceArn=arn, RoleArn=ROLE)
    refused("AlreadyExistsException", lake.register_resource, ResourceArn=arns[0], RoleArn=ROLE)
    refused("InvalidInputException", lake.register_resource, ResourceArn="arn:aws:ec2:::x", RoleArn=ROLE)
    info = lake.describe_resource(ResourceArn=arns[0])["ResourceInfo"]
    assert info["RoleArn"] == ROLE and isinstance(info["LastModified"], datetime.datetime)
    listed, token = [], None
    while True:
        page = lake.list_resources(MaxResults=2, **({"NextToken": token} if token else {}))
        listed += [r["ResourceArn"] for r in page["ResourceInfoList"]]
        token = page.get("NextToken")
        if not token:
            break
    assert set(arns) <= set(listed)
    refused("InvalidInputException", lake.list_resources, NextToken="nonsense")
    for arn in arns:
        lake.deregister_resource(ResourceArn=arn)
    refused("EntityNotFoundException", lake.deregister_resource, ResourceArn=arns[0])
    refused("EntityNotFoundException", lake.describe_resource, ResourceArn=arns[0])


def test_permissions_are_granted_listed_and_revoked(lake, glue, name):
    glue.create_database(DatabaseInput={"Name": name})
    grant = {
        "Principal": {"DataLakePrincipalIdentifier": ROLE}, "Resource": database_resource(name),
        "Permissions": ["DESCRIBE"], "PermissionsWithGrantOption": ["DESCRIBE"]}
    lake.grant_permissions(**grant)
    listed = lake.list_permissions(Resource=database_resource(name))["PrincipalResourcePermissions"]
    found = {p["Principal"]["DataLakePrincipalIdentifier"]: p for p in listed}
    assert found[ROLE]["Permissions"] == ["DESCRIBE"] == found[ROLE]["PermissionsWithGrantOption"]
    assert found["IAM_ALLOWED_PRINCIPALS"]["Permissions"] == ["ALL"]
    assert found[OPERATOR]["Permissions"] == EVERY_PERMISSION == found[OPERATOR]["PermissionsWithGrantOption"]
    mine = lake.list_permissions(
        Principal={"DataLakePrincipalIdentifier": ROLE}, Resource=database_resource(name.upper()))
    assert [p["Resource"]["Database"]["Name"] for p in mine["PrincipalResourcePermissions"]] == [name]
    # https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html
    assert refused(
        "InvalidInputException", lake.list_permissions, Principal={"DataLakePrincipalIdentifier": ROLE},
        ResourceType="DATABASE") == "Resource is mandatory if Principal is set in the input."
    everything = lake.list_permissions(ResourceType="DATABASE")["PrincipalResourcePermissions"]
    assert name in [p["Resource"]["Database"]["Name"] for p in everything]
    refused("InvalidInputException", lake.grant_permissions, **{**grant, "PermissionsWithGrantOption": ["DROP"]})
    lake.revoke_permissions(**grant)
    message = refused("InvalidInputException", lake.revoke_permissions, **grant)
    assert message.startswith("No permissions revoked.")
    refused("InvalidInputException", lake.grant_permissions, **{**grant, "Permissions": ["FLY"]})
    refused(
        "InvalidInputException", lake.grant_permissions, **{**grant, "Resource": database_resource(name + "x")})
    refused("InvalidInputException", lake.list_permissions, Resource=database_resource(name + "x"))
    refused("InvalidInputException", lake.list_permissions, NextToken="nonsense")


def test_one_table_has_permissions_of_its_own(lake, glue, name):
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t"})
    table = {"Table": {"DatabaseName": name, "Name": "t"}}
    lake.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": CUSTOMER}, Resource=table, Permissions=["SELECT", "DESCRIBE"])
    listed = lake.list_permissions(
        Resource=table, Principal={"DataLakePrincipalIdentifier": CUSTOMER})["PrincipalResourcePermissions"]
    assert {list(p["Resource"])[0]: p["Permissions"] for p in listed} == {
        "Table": ["DESCRIBE"], "TableWithColumns": ["SELECT"]}


def test_everything_granted_is_listed_page_by_page(lake, glue, name):
    glue.create_database(DatabaseInput={"Name": name})
    for i in range(7):
        lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"{ROLE}{i}"}, Resource=database_resource(name),
            Permissions=["DESCRIBE"])
    seen, token = [], None
    while True:
        page = lake.list_permissions(
            Resource=database_resource(name), MaxResults=4, **({"NextToken": token} if token else {}))
        assert len(page["PrincipalResourcePermissions"]) <= 4
        seen += [p["Principal"]["DataLakePrincipalIdentifier"] for p in page["PrincipalResourcePermissions"]]
        token = page.get("NextToken")
        if not token:
            break
    assert len(seen) == 9 == len(set(seen))


def test_a_batch_tells_its_failures_and_does_the_rest(lake, glue, name):
    glue.create_database(DatabaseInput={"Name": name})
    good = {
        "Id": "good", "Principal": {"DataLakePrincipalIdentifier": CUSTOMER}, "Resource": database_resource(name),
        "Permissions": ["DESCRIBE"]}
    bad = {**good, "Id": "bad", "Resource": database_resource(name + "x")}
    lake.revoke_permissions(
        Principal={"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, Resource=database_resource(name),
        Permissions=["ALL"])
    failures = lake.batch_grant_permissions(Entries=[good, bad])["Failures"]
    assert [(f["RequestEntry"]["Id"], f["Error"]["ErrorCode"]) for f in failures] == [
        ("bad", "InvalidInputException")]
    assert lake.batch_revoke_permissions(Entries=[good])["Failures"] == []
    failures = lake.batch_revoke_permissions(Entries=[good])["Failures"]
    assert failures[0]["Error"]["ErrorCode"] == "InvalidInputException"
    many = [{**good, "Id": str(i)} for i in range(21)]
    refused("InvalidInputException", lake.batch_grant_permissions, Entries=many)
    refused("InvalidInputException", lake.batch_revoke_permissions, Entries=many)


def test_who_gave_a_database_away_takes_the_right_to_drop_it_back_first(lake, glue, name):
    glue.create_database(DatabaseInput={"Name": name})
    for principal, permissions in ((OPERATOR, EVERY_PERMISSION), ("IAM_ALLOWED_PRINCIPALS", ["ALL"])):
        lake.revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": principal}, Resource=database_resource(name),
            Permissions=permissions)
    refused("AccessDeniedException", glue.delete_database, Name=name)
    lake.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": OPERATOR}, Resource=database_resource(name), Permissions=["DROP"])
    glue.delete_database(Name=name)


def test_the_settings_are_replaced_as_a_whole(lake, glue, name):
    before = lake.get_data_lake_settings()["DataLakeSettings"]
    assert before["Parameters"]["CROSS_ACCOUNT_VERSION"] == "3"
    admins = [{"DataLakePrincipalIdentifier": OPERATOR}]
    lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins, "Parameters": {"CROSS_ACCOUNT_VERSION": "4"}})
    after = lake.get_data_lake_settings()["DataLakeSettings"]
    assert after["DataLakeAdmins"] == admins and after["CreateDatabaseDefaultPermissions"] == []
    glue.create_database(DatabaseInput={"Name": name})
    listed = lake.list_permissions(Resource=database_resource(name))["PrincipalResourcePermissions"]
    assert [p["Principal"]["DataLakePrincipalIdentifier"] for p in listed] == [OPERATOR]
    refused(
        "InvalidInputException", lake.put_data_lake_settings,
        DataLakeSettings={"Parameters": {"CROSS_ACCOUNT_VERSION": "9"}})
    # What is read may hold keys that cannot be written.
    refused("InvalidInputException", lake.put_data_lake_settings, DataLakeSettings={"Parameters": {"SET_CONTEXT": "TRUE"}})
    gone = [{"DataLakePrincipalIdentifier": "AROAEXAMPLEID"}]
    assert refused(
        "InvalidInputException", lake.put_data_lake_settings, DataLakeSettings={"DataLakeAdmins": gone}
    ).startswith("Invalid principal")
    lake.put_data_lake_settings(DataLakeSettings=before)


def test_the_service_linked_role_takes_the_place_of_another(lake, name):
    arn = f"arn:aws:s3:::bucket/{name}/"
    refused("InvalidInputException", lake.register_resource, ResourceArn=arn)
    refused("InvalidInputException", lake.register_resource, ResourceArn=arn, UseServiceLinkedRole=True, RoleArn=ROLE)
    lake.register_resource(ResourceArn=arn, UseServiceLinkedRole=True)
    role = lake.describe_resource(ResourceArn=arn)["ResourceInfo"]["RoleArn"]
    assert role.endswith("/AWSServiceRoleForLakeFormationDataAccess")
    lake.deregister_resource(ResourceArn=arn)


# The same calls to the embedded lake and to moto: where both play a rule they play the same one.


@pytest.fixture(params=["embedded", "moto"])
def either(request, server):
    """Makes clients of the embedded lake, or of moto."""
    if request.param == "embedded":
        yield server.client
        return
    with mock_aws():
        yield lambda service: boto3.client(
            service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def tag_arn(name):
    return f"arn:aws:glue:us-east-1:000000000000:database/{name}"


def test_tags_of_a_database_are_changed_key_by_key(either, name):
    glue = either("glue")
    glue.create_database(DatabaseInput={"Name": name})
    glue.tag_resource(ResourceArn=tag_arn(name), TagsToAdd={"a": "1", "CreateTime": "a text"})
    glue.tag_resource(ResourceArn=tag_arn(name), TagsToAdd={"a": "2", "b": "3"})
    glue.untag_resource(ResourceArn=tag_arn(name), TagsToRemove=["b", "nobody's"])
    assert glue.get_tags(ResourceArn=tag_arn(name))["Tags"] == {"a": "2", "CreateTime": "a text"}


def test_revoking_all_leaves_the_permissions_beside_it(either, name):
    # https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html
    either("glue").create_database(DatabaseInput={"Name": name})
    lake = either("lakeformation")
    change = {"Principal": {"DataLakePrincipalIdentifier": ROLE}, "Resource": database_resource(name)}

    def held():
        listed = lake.list_permissions(Resource=database_resource(name))["PrincipalResourcePermissions"]
        return sorted(
            permission for entry in listed if entry["Principal"]["DataLakePrincipalIdentifier"] == ROLE
            for permission in entry["Permissions"])

    lake.grant_permissions(
        **change, Permissions=EVERY_PERMISSION, PermissionsWithGrantOption=EVERY_PERMISSION)
    assert held() == EVERY_PERMISSION
    lake.revoke_permissions(**change, Permissions=["ALL"], PermissionsWithGrantOption=["ALL"])
    assert held() == EVERY_PERMISSION[1:]
    lake.revoke_permissions(
        **change, Permissions=EVERY_PERMISSION[1:], PermissionsWithGrantOption=EVERY_PERMISSION[1:])
    assert held() == []


def test_locations_are_registered_once_and_settings_are_replaced(either, name):
    lake = either("lakeformation")
    arn = f"arn:aws:s3:::bucket/{name}/"
    lake.register_resource(ResourceArn=arn, RoleArn=ROLE)
    refused("AlreadyExistsException", lake.register_resource, ResourceArn=arn, RoleArn=ROLE)
    lake.deregister_resource(ResourceArn=arn)
    refused("EntityNotFoundException", lake.describe_resource, ResourceArn=arn)
    before = lake.get_data_lake_settings()["DataLakeSettings"]
    admins = [{"DataLakePrincipalIdentifier": ROLE}]
    lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins})
    assert lake.get_data_lake_settings()["DataLakeSettings"]["DataLakeAdmins"] == admins
    lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": []})
    assert lake.get_data_lake_settings()["DataLakeSettings"]["DataLakeAdmins"] == []
    lake.put_data_lake_settings(DataLakeSettings=before)


def test_lake_formation_says_what_is_not_there(lake):
    assert "ListLFTags" in refused("UnknownOperationException", lake.list_lf_tags)


# STS


def test_the_caller_is_the_operator_of_the_lake(server):
    identity = server.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("000000000000", OPERATOR)
    refused("UnknownOperationException", server.client("sts").get_session_token)
