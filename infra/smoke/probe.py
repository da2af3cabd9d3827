"""Tries out on a database and a location of its own what AWS's documentation leaves open, and removes both again.

Nothing is shared with another account. The name is made up, so that whatever bears it is the probe's.
"""

import uuid
from dataclasses import dataclass

from behavior import REFUSALS
from botocore.exceptions import ClientError
from calls import Failure, becomes, run_statement
from grants import find_grants_on_location, find_grants_that_name, grant, principal_of, read_grants, revoke

PERMISSIONS = ("ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP")
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
TAG = "cleanroom:smoke"
# How Lake Formation may say that a location below a registered one is not taken.
NESTED = ("AlreadyExistsException", "InvalidInputException")


def describe(error):
    return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"


def shown(grants):
    """Grants in a few words."""
    words = []
    for who, has in grants.items():
        words.append(f"{who}: {', '.join(has['may'])}")
        if has["may grant"]:
            words[-1] += f" (to grant: {', '.join(has['may grant'])})"
    return "; ".join(words) or "nothing"


@dataclass
class Probe:
    """One run of it."""

    aws: object
    report: object
    behavior: object
    deployment: object
    operator: str
    parents: list

    def __post_init__(self):
        self.id = uuid.uuid4().hex
        self.database = f"smoke_probe_{self.id[:12]}"
        self.prefix = f"cleanroom/{self.database}/"
        self.location = f"s3://{self.deployment.bucket}/{self.prefix}"
        self.location_arn = f"arn:{self.deployment.partition}:s3:::{self.deployment.bucket}/{self.prefix}"
        self.inner_arn = self.location_arn + "inner/"
        self.on_location = {"DataLocation": {"ResourceArn": self.location_arn}}
        self.on_database = {"Database": {"Name": self.database}}
        self.refusals, self.is_tagged = {}, False

    def run(self):
        """Answers what it can. An error ends it, and leaves open what comes after; cleaning up is done in any case."""
        self.report.note(f"probe {self.database} at {self.location}")
        steps = (
            self.register, self.register_inside, self.create, self.revoke_step_by_step, self.revoke_together,
            self.alter, self.tag, self.drop, self.look_at_dropped, self.create_again, self.deregister)
        try:
            for step in steps:
                step()
        except (ClientError, Failure) as error:
            self.behavior.note("probe", f"ended in {step.__name__}: {error}")
            self.report.note(f"the probe ended in {step.__name__}: {error}")
        finally:
            self.remove()

    def attempt(self, operation, *arguments, **parameters):
        """What a call answers, and the name of the refusal where it is one of those that are told apart."""
        try:
            operation(*arguments, **parameters)
            return "accepted", None
        except ClientError as error:
            return describe(error), REFUSALS.get(error.response["Error"]["Code"])

    def change(self, operation, resource, permissions, principal=None, grantable=True):
        """One call that is not repeated in another form, so that its answer is AWS's own."""
        self.aws.call(
            None, "lakeformation", operation, Resource=resource,
            Principal={"DataLakePrincipalIdentifier": principal or self.operator}, Permissions=permissions,
            PermissionsWithGrantOption=permissions if grantable else [])

    def grants(self, resource):
        return read_grants(self.aws, None, resource)

    def mine(self, resource):
        return self.grants(resource).get(self.operator, {}).get("may", [])

    # The location

    def register(self):
        try:
            self.aws.call(
                "probe-register-resource", "lakeformation", "register_resource", ResourceArn=self.location_arn,
                RoleArn=self.deployment.location_role)
        except ClientError as error:
            if self.parents and error.response["Error"]["Code"] in NESTED:
                self.behavior.settle(
                    "refusesNestedLocations", True, f"below {', '.join(self.parents)}: {describe(error)}")
            raise
        if self.parents:
            self.behavior.settle("refusesNestedLocations", False, f"registered below {', '.join(self.parents)}")
        given = becomes(lambda: "DATA_LOCATION_ACCESS" in self.mine(self.on_location))
        self.behavior.settle(
            "registeringGivesAccess", given, f"after RegisterResource: {shown(self.grants(self.on_location))}")

    def register_inside(self):
        """A location within its own, which is registered already."""
        try:
            self.aws.call(
                "probe-register-resource-inside", "lakeformation", "register_resource", ResourceArn=self.inner_arn,
                RoleArn=self.deployment.location_role)
        except ClientError as error:
            if error.response["Error"]["Code"] in NESTED:
                self.behavior.settle("refusesNestedLocations", True, f"within its own location: {describe(error)}")
            else:
                self.behavior.note("refusesNestedLocations", f"not seen: {describe(error)}")
            return
        self.behavior.settle("refusesNestedLocations", False, "registered within its own location")
        self.remove_grants_on_location(self.inner_arn)
        self.aws.find(None, "lakeformation", "deregister_resource", ResourceArn=self.inner_arn)

    # The database

    def run_statement(self, text):
        run_statement(self.aws, None, self.deployment.workgroup, text)

    def make_database(self):
        self.run_statement(
            f"CREATE DATABASE `{self.database}` COMMENT 'cleanroom smoke probe {self.id}' LOCATION '{self.location}' "
            f"WITH DBPROPERTIES ('cleanroom_smoke_probe' = '{self.id}')")
        if not becomes(self.find_database):
            raise Failure("the database does not appear after its statement succeeded")

    def find_database(self):
        return (self.aws.find(None, "glue", "get_database", Name=self.database) or {}).get("Database")

    def create(self):
        self.make_database()
        made = self.find_database()
        self.aws.recorder.save("probe-get-database", {"Database": made})
        description, properties = made.get("Description"), made.get("Parameters") or {}
        self.behavior.settle("keepsDatabaseComment", self.id in (description or ""), f"Description: {description}")
        self.behavior.settle(
            "keepsDatabaseProperties", properties.get("cleanroom_smoke_probe") == self.id,
            f"Parameters: {', '.join(sorted(properties)) or 'none'}")
        self.look_for_mark()
        becomes(lambda: self.mine(self.on_database))
        grants = read_grants(self.aws, "probe-list-permissions-created", self.on_database)
        may = set(grants.get(self.operator, {}).get("may", []))
        each = True if may >= set(PERMISSIONS) else False if may == {"ALL"} else None
        self.behavior.settle("creatorHoldsEachPermission", each, f"after CREATE DATABASE: {shown(grants)}")

    def find_objects(self):
        """What lies at the location or bears its name: Hive may leave an object beside a folder."""
        listed = self.aws.call(
            None, "s3", "list_objects_v2", Bucket=self.deployment.bucket, Prefix=f"cleanroom/{self.database}")
        return [(each["Key"], each["Size"]) for each in listed.get("Contents", [])]

    def look_for_mark(self):
        objects = self.find_objects()
        seen = ", ".join(f"{key} ({size} bytes)" for key, size in objects) or "no object"
        self.behavior.settle("leavesFolderMark", (self.prefix, 0) in objects, f"after CREATE DATABASE: {seen}")

    def revoke_step_by_step(self):
        """Gives away all that there is, one permission after the other."""
        everybody = self.grants(self.on_database).get(EVERYBODY)
        if everybody:
            answer, _ = self.attempt(
                self.change, "revoke_permissions", self.on_database, everybody["may"], EVERYBODY, grantable=False)
            self.behavior.note(f"revoking {EVERYBODY}", answer)
        for permission in PERMISSIONS:
            answer, _ = self.attempt(self.change, "revoke_permissions", self.on_database, [permission])
            left = read_grants(self.aws, f"probe-list-permissions-without-{permission.lower()}", self.on_database)
            self.behavior.note(f"revoking {permission}", f"{answer}; then: {shown(left)}")
        answer, _ = self.attempt(self.change, "revoke_permissions", self.on_database, ["DROP"])
        self.behavior.note("revoking what is not granted", answer)

    def revoke_together(self):
        """Two permissions at once, of which there is one."""
        grant(self.aws, self.operator, self.on_database, ["DESCRIBE"])
        answer, _ = self.attempt(
            self.change, "revoke_permissions", self.on_database, ["ALTER", "DESCRIBE"], grantable=False)
        taken = becomes(lambda: not self.mine(self.on_database))
        self.behavior.settle(
            "revokesWhatIsThere", taken, f"revoking ALTER and DESCRIBE where there is DESCRIBE: {answer}; then: "
            f"{shown(self.grants(self.on_database))}")
        revoke(self.aws, self.operator, self.on_database, ["DESCRIBE"])

    def alter(self):
        if not becomes(lambda: not self.grants(self.on_database)):
            left = shown(self.grants(self.on_database))
            self.behavior.note("administratorsMayAlter", f"not seen: it could not be given away: {left}")
            return
        made = self.find_database()
        kept = {key: made[key] for key in ("Name", "Description", "LocationUri", "Parameters") if key in made}
        answer, refusal = self.attempt(
            self.aws.call, "probe-update-database", "glue", "update_database", Name=self.database,
            DatabaseInput={**kept, "CreateTableDefaultPermissions": []})
        may = True if answer == "accepted" else False if refusal == "accessDenied" else None
        self.behavior.settle("administratorsMayAlter", may, f"UpdateDatabase with no grant left: {answer}")

    @property
    def database_arn(self):
        return self.deployment.database_arn(self.database)

    def tags(self):
        return self.aws.call(None, "glue", "get_tags", ResourceArn=self.database_arn).get("Tags", {})

    def tag(self):
        self.is_tagged = True
        self.aws.call(None, "glue", "tag_resource", ResourceArn=self.database_arn, TagsToAdd={TAG: self.id})
        if not becomes(lambda: self.tags().get(TAG) == self.id):
            raise Failure("a tag does not appear")

    def drop(self):
        # DESCRIBE is only there to be looked for afterwards.
        grant(self.aws, self.operator, self.on_database, ["DESCRIBE", "DROP"])
        self.run_statement(f"DROP DATABASE `{self.database}`")
        if not becomes(lambda: not self.find_database()):
            raise Failure("the database is still there after its statement succeeded")

    # What is not there any more

    def look_at_dropped(self):
        gone = becomes(lambda: not find_grants_that_name(self.aws, self.database))
        self.behavior.settle(
            "dropsGrantsWithDatabase", gone,
            f"a grant is {'not listed any more' if gone else 'still listed'} after DROP DATABASE")
        self.look_at_missing("database", self.on_database, ["DESCRIBE"])
        tags, _ = self.attempt(self.tags)
        self.behavior.note("GetTags on a dropped database", tags if tags != "accepted" else str(self.tags()))

    def look_at_missing(self, kind, resource, permissions):
        """How the two calls of a rollback are answered about what is gone."""
        listed, listing_refusal = self.attempt(self.grants, resource)
        revoked, refusal = self.attempt(self.change, "revoke_permissions", resource, permissions, grantable=False)
        self.behavior.note(f"ListPermissions on a missing {kind}", listed)
        self.behavior.note(f"RevokePermissions on a missing {kind}", revoked)
        # This one says only that there was no such grant, not that there is no such resource.
        if "No permissions revoked" in revoked:
            refusal = None
        self.refusals[kind] = {each for each in (listing_refusal, refusal) if each}

    def create_again(self):
        self.make_database()
        kept = self.tags().get(TAG) == self.id
        self.behavior.settle(
            "keepsTagsOfDroppedDatabases", kept, f"tags of a database made anew: {self.tags() or 'none'}")
        anew = read_grants(self.aws, "probe-list-permissions-anew", self.on_database)
        self.behavior.note("grants on a database made anew", shown(anew))

    def deregister(self):
        grant(self.aws, self.operator, self.on_location, ["DATA_LOCATION_ACCESS"])
        self.aws.call(None, "lakeformation", "deregister_resource", ResourceArn=self.location_arn)
        left = becomes(lambda: not find_grants_on_location(self.aws, self.location_arn))
        self.behavior.note(
            "grants on a location", f"{'not listed any more' if left else 'still listed'} after DeregisterResource")
        self.look_at_missing("location", self.on_location, ["DATA_LOCATION_ACCESS"])
        seen = set().union(*self.refusals.values())
        why = "; ".join(f"{kind}: {', '.join(sorted(found)) or 'no refusal'}" for kind, found in self.refusals.items())
        self.behavior.settle("refusalOfMissing", seen.pop() if len(seen) == 1 else None, why)

    # Removing it

    def remove(self):
        """Each of these looks what there is, so an earlier one may have failed anywhere."""
        for point, do in (
            ("the probe's database is dropped", self.remove_database),
            ("the probe's tag is taken off", self.remove_tag),
            ("the probe's grants are revoked", self.remove_grants),
            ("the probe's locations are deregistered", self.remove_registrations),
            ("the probe's objects are deleted", self.remove_objects),
        ):
            self.attempt_whatever_comes(point, do)
        self.attempt_whatever_comes(f"what is left of {self.database} can be read", self.expect_nothing_left)

    def attempt_whatever_comes(self, point, do):
        """An interruption, too, ends one step and not the removal."""
        try:
            self.report.attempt(point, do)
        except KeyboardInterrupt:
            self.report.fail(point, f"interrupted; {self.database} may be left")

    def remove_database(self):
        if not self.find_database():
            return
        self.remove_tag()
        grant(self.aws, self.operator, self.on_database, ["DROP"])
        self.run_statement(f"DROP DATABASE `{self.database}`")

    def remove_tag(self):
        """Of a dropped database, too: its tags may outlive it, and nothing but the next one of its name shows them."""
        if not self.is_tagged:
            return
        answer, refusal = self.attempt(
            self.aws.call, None, "glue", "untag_resource", ResourceArn=self.database_arn, TagsToRemove=[TAG])
        if answer != "accepted" and refusal != "entityNotFound":
            raise Failure(f"the tag {TAG} of {self.database}: {answer}")
        self.is_tagged = False

    def is_registered(self, arn):
        return bool(self.aws.find(None, "lakeformation", "describe_resource", ResourceArn=arn))

    def remove_grants(self):
        for entry in find_grants_that_name(self.aws, self.database):
            revoke(
                self.aws, principal_of(entry), entry["Resource"], entry["Permissions"],
                entry.get("PermissionsWithGrantOption", []))
        for arn in (self.inner_arn, self.location_arn):
            self.remove_grants_on_location(arn)

    def remove_grants_on_location(self, arn):
        left = find_grants_on_location(self.aws, arn)
        # On a location that is not registered a revocation may be refused.
        if left and not self.is_registered(arn):
            self.aws.call(
                None, "lakeformation", "register_resource", ResourceArn=arn, RoleArn=self.deployment.location_role)
            left = find_grants_on_location(self.aws, arn)
        for entry in left:
            revoke(
                self.aws, principal_of(entry), {"DataLocation": {"ResourceArn": arn}}, ["DATA_LOCATION_ACCESS"],
                entry.get("PermissionsWithGrantOption", []))

    def remove_registrations(self):
        for arn in (self.inner_arn, self.location_arn):
            if self.is_registered(arn):
                self.aws.find(None, "lakeformation", "deregister_resource", ResourceArn=arn)

    def remove_objects(self):
        for key, size in self.find_objects():
            # Only marks: nothing of the probe writes data.
            if size == 0:
                self.aws.call(None, "s3", "delete_object", Bucket=self.deployment.bucket, Key=key)

    def find_left(self):
        found = {
            "database": [self.database] if self.find_database() else [],
            "registrations": [arn for arn in (self.location_arn, self.inner_arn) if self.is_registered(arn)],
            "grants": sorted(
                shown_entry(entry) for entry in [
                    *find_grants_that_name(self.aws, self.database),
                    *find_grants_on_location(self.aws, self.location_arn),
                    *find_grants_on_location(self.aws, self.inner_arn)]),
            "objects": self.find_objects(),
        }
        return {what: each for what, each in found.items() if each}

    def expect_nothing_left(self):
        becomes(lambda: not self.find_left())
        self.report.expect("nothing is left of the probe", self.find_left(), {})


def shown_entry(entry):
    return f"{principal_of(entry)}: {', '.join(entry['Permissions'])} on {entry['Resource']}"
