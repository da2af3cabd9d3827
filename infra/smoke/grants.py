"""Reads and changes grants of Lake Formation."""

from botocore.exceptions import ClientError


def read_grants(aws, record, resource):
    """Who has what on a resource: SELECT comes back apart from the others, and is put together with them."""
    entries = aws.pages(
        record, "lakeformation", "list_permissions", "PrincipalResourcePermissions", Resource=resource)
    grants = {}
    for entry in entries:
        grant = grants.setdefault(entry["Principal"]["DataLakePrincipalIdentifier"], {"may": set(), "may grant": set()})
        grant["may"].update(entry.get("Permissions", []))
        grant["may grant"].update(entry.get("PermissionsWithGrantOption", []))
    return {who: {key: sorted(what) for key, what in grant.items()} for who, grant in sorted(grants.items())}


def list_by_kind(aws, *kinds):
    """All grants of kinds of resources: those too whose resource is gone, which cannot be asked by its name."""
    return [
        entry for kind in kinds for entry in aws.pages(
            None, "lakeformation", "list_permissions", "PrincipalResourcePermissions", ResourceType=kind)
    ]


def find_grants_that_name(aws, database):
    """All grants on a database and in it, found even where the database itself is gone."""
    found = []
    for entry in list_by_kind(aws, "DATABASE", "TABLE"):
        resource = entry["Resource"]
        names = [
            resource.get("Database", {}).get("Name"),
            resource.get("Table", {}).get("DatabaseName"),
            resource.get("TableWithColumns", {}).get("DatabaseName"),
        ]
        if database in names:
            found.append(entry)
    return found


def find_grants_on_location(aws, arn):
    """All grants on a location, found even where it is not registered."""
    return [
        entry for entry in list_by_kind(aws, "DATA_LOCATION")
        if entry["Resource"].get("DataLocation", {}).get("ResourceArn", "").rstrip("/") == arn.rstrip("/")
    ]


def find_grants_on(aws, resource):
    if "DataLocation" in resource:
        return find_grants_on_location(aws, resource["DataLocation"]["ResourceArn"])
    inside = resource.get("Table", {}).get("DatabaseName")
    entries = find_grants_that_name(aws, inside or resource["Database"]["Name"])
    return [entry for entry in entries if ("Database" in entry["Resource"]) != bool(inside)]


def principal_of(entry):
    return entry["Principal"]["DataLakePrincipalIdentifier"]


def grant(aws, principal, resource, permissions):
    change(aws, "grant_permissions", principal, resource, permissions, [])


def change(aws, operation, principal, resource, permissions, grantable):
    aws.call(
        None, "lakeformation", operation, Principal={"DataLakePrincipalIdentifier": principal}, Resource=resource,
        Permissions=permissions, PermissionsWithGrantOption=grantable)


def revoke(aws, principal, resource, permissions, grantable=()):
    """Revokes. After a refusal a list decides what is left, not its wording, and just that is revoked."""
    try:
        change(aws, "revoke_permissions", principal, resource, permissions, list(grantable))
    except ClientError:
        for entry in find_grants_on(aws, resource):
            left = [each for each in entry.get("Permissions", []) if each in permissions]
            if principal_of(entry) == principal and left:
                with_option = [each for each in entry.get("PermissionsWithGrantOption", []) if each in left]
                change(aws, "revoke_permissions", principal, resource, left, with_option)
