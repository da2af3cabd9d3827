/// What AWS does in one way or another, and the embedded lake and the simulator can do in each.
///
/// `docs/aws-behaviour.md` gives the source of every member, or says that there is none.
package struct LakeBehavior: Hashable, Sendable {
    /// How Lake Formation refuses a call about a location that is not registered, or a database that is not there.
    package enum RefusalOfMissing: String, CaseIterable, Sendable {
        case entityNotFound
        case invalidInput
        case accessDenied
    }

    /// Whether dropping a database drops the grants on it. Where it does not, they can still be listed and revoked.
    package var dropsGrantsWithDatabase = true
    /// Whether `WITH DBPROPERTIES` arrives in `Database.Parameters`.
    package var keepsDatabaseProperties = true
    /// Whether `COMMENT` arrives in `Database.Description`.
    package var keepsDatabaseComment = true
    /// Whether a location below a registered one cannot be registered.
    package var refusesNestedLocations = false
    /// Whether registering a location grants `DATA_LOCATION_ACCESS` on it to the caller.
    package var registeringGivesAccess = false
    /// Whether the creator of a database is listed with `ALL`, `ALTER`, `CREATE_TABLE`, `DESCRIBE` and `DROP`, each
    /// with grant option, and that of a table likewise; otherwise with `ALL` alone.
    package var creatorHoldsEachPermission = true
    /// How granting, revoking and listing are refused on a location that is not registered and on a database that is
    /// not there.
    package var refusalOfMissing = RefusalOfMissing.invalidInput
    /// Whether revoking several permissions at once, of which the principal lacks some, takes those that are there;
    /// otherwise nothing is revoked ("Grantee does not have:[…]").
    package var revokesWhatIsThere = true
    /// Whether `CREATE DATABASE` leaves an object of zero bytes whose key is the location. It outlives the database.
    package var leavesFolderMark = false
    /// Whether a database inherits the tags of an earlier one of its name.
    package var keepsTagsOfDroppedDatabases = false
    /// Whether a data-lake administrator who has no `ALTER` on a database may call `glue:UpdateDatabase`.
    package var administratorsMayAlter = false

    package init() {}
}
