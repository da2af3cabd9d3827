import CleanroomModel
import CleanroomService
import CleanroomSimulator
import EmbeddedLake
import TestSupport
import Testing

/// Never half a room: schedules of faults, played against the machines as they are deployed.
@Suite(.timeLimit(.minutes(10)))
struct SimulationTests {
    private let player: Player

    init() throws {
        // The role has what is derived from the machines and nothing besides, in every run.
        player = try Player(TestLake.workflows.get(), role: .derived(for: .standard))
    }

    private func expectNothing(_ result: Campaign.Result) {
        for (schedule, violations) in result.failures {
            Issue.record("\(violations) in: simulate --trace --schedule \"\(schedule)\"")
        }
        #expect(result.failureCount == 0)
    }

    @Test(arguments: Schedule.Setting.allCases)
    func `every single fault at every call of a request leaves a whole room or nothing`(
        setting: Schedule.Setting
    ) async {
        let singles = Exploration(player, from: Schedule(setting: setting)).singles()
        #expect(singles.count > 300)
        expectNothing(await Campaign(player).play(singles))
    }

    /// Each run draws its own seeds, and a failure prints the schedule. More of them are played by `make simulate`.
    @Test func `schedules at random leave whole rooms or nothing`() async {
        let first = UInt64.random(in: 1...UInt64(UInt32.max)) << 20
        let result = await Campaign(player).play(count: 300) {
            [ScheduleGenerator.schedule(seed: first &+ UInt64($0))]
        }
        #expect(result.rooms > 100)
        expectNothing(result)
    }

    @Test(arguments: UInt64(1)...12)
    func `one seed is one schedule, the same to the byte`(seed: UInt64) throws {
        let schedule = ScheduleGenerator.schedule(seed: seed)
        #expect(ScheduleGenerator.schedule(seed: seed) == schedule)
        let (first, second) = (player.play(schedule, isTraced: true), player.play(schedule, isTraced: true))
        #expect(!first.trace.isEmpty)
        #expect(first.trace == second.trace)
    }

    @Test(arguments: UInt64(1)...200)
    func `a schedule reads back from its text`(seed: UInt64) throws {
        let schedule = ScheduleGenerator.schedule(seed: seed)
        #expect(try Schedule(parsing: "\(schedule)") == schedule)
    }

    @Test(arguments: ["seed=x", "setting=moon", "5:unknown", "0:lostReply", "5:denied(", "requests=first", "what"])
    func `a word that is none of a schedule is named`(word: String) {
        #expect(throws: ScheduleSyntaxError(word: word)) { try Schedule(parsing: word) }
    }

    /// What each of these broke once; the machines have been mended. Where they make some calls more or less since, what
    /// went wrong then comes at a call nearby.
    @Test(arguments: [
        // A repeat under another name told success while the first execution was about to undo the room.
        "seed=68 setting=here requests=first@0,renamed@5 22:denied",
        "seed=305 setting=aws requests=first@0,renamed@5,neighbour@0 41:rateExceeded",
        // A recovery that was stopped was recovered by nobody.
        "seed=394 setting=bridge requests=first@0 12:stop 15:rateExceeded(5)",
        "seed=402 setting=here requests=first@0 17:oversized 32:objectAppears 32:stop",
        // The maker's access to a location was left, and not named.
        "seed=84 setting=here lake=givesAccess requests=first@0,rival@700 6:accountVanishes",
        // A rollback that waited between two looks deregistered the location of the room that another request had made
        // under the name meanwhile.
        "seed=498446593 setting=here requests=first@0,rival@8 6:strangerDropsDatabase",
        "seed=2166440241 setting=bridge requests=first@0,rival@30,invalid@2 6:strangerDropsDatabase 16:crashBefore",
        // What the role was granted on a name that a stranger has taken since is the role's own to revoke.
        "seed=887430800 setting=aws lake=keepsGrants requests=first@0 8:denied 17:strangerTakesName",
        "seed=784335295 setting=aws lake=givesAccess requests=first@0,rival@0 13:rateExceeded(5) 27:strangerTakesName",
        // What the verification reads may lag behind.
        "seed=673421995 setting=bridge lake=closedDefaults requests=first@0 14:oversized 25:tableAppears 33:stale(3865)",
        // A read that lags made undoing believe that there was nothing to undo.
        "seed=1 setting=aws requests=first@0 5:malformed 6:stale(3000)",
        // The database that was just dropped is read as it was, and taken for another's.
        "seed=3218552399818517 setting=aws lake=keepsGrants requests=first@0 9:stop 44:stale(1215)",
        // A history of which an event cannot be read says nothing of what was not begun.
        "seed=3218552399109816 setting=bridge requests=first@0,rival@700,invalid@0 4:rateExceeded(8) 33:oversized 41:oversized 56:oversized 88:oversized",
        // A rollback is stopped when it has removed everything but the database.
        "seed=3218552399456822 setting=aws requests=first@0 20:objectAppears 96:stop",
        "seed=3218552399269246 setting=aws lake=refusesNested ground=parentRegistered requests=first@0,rival@30 31:stop",
        // No recovery may look for the database.
        "seed=3218552400043029 setting=bridge requests=first@0,rival@7200 21:administratorRemoved 36:stop",
        // It cannot be read what the first execution has told.
        "seed=995862766465350 setting=here requests=first@0,renamed@1 28:oversized",
        "seed=995862766466251 setting=bridge ground=registeredByStranger requests=first@0,renamed@7200 12:oversized",
        "seed=995862766480000 setting=aws requests=first@0,renamed@700,rival@0 1:conflict 37:oversized",
        // A recovery that has undone everything is stopped before it tells; the next one has to know.
        "seed=3619908572415367 setting=bridge requests=first@0,neighbour@7200,large@3 42:oversized 130:throttled(2) 136:stop",
        // Here the check was wrong: it took a history that nobody could read for one that says that nothing was begun, a
        // clock that was set back for the time, and a reply of another shape for one that can be read.
        "seed=1159721781345392 setting=aws requests=first@0,renamed@1,large@5 15:stop 38:oversized",
        "seed=1159721782232400 setting=bridge requests=first@0,large@0 5:stop 30:oversized",
        "seed=1159721781577974 setting=bridge requests=first@0,renamed@8,neighbour@5 29:clockBack",
        "seed=1159721781713601 setting=here requests=first@0,renamed@2 3:conflict(2) 24:clockBack",
        "seed=1159721782121573 setting=here requests=first@0,renamed@7200,large@0 43:objectAppears 61:strangerDropsDatabase 66:administratorRemoved 69:strangerTakesName 79:malformed",
        // A room is dropped, and whoever makes the next takes its registration for one of its own.
        "seed=3619908572782297 setting=bridge requests=first@0,rival@3,neighbour@3 4:hang 58:strangerDropsDatabase 100:tableAppears",
        // The first recovery could not read the lake, and the second took it for one that the request had ended.
        "seed=3055347541484142 setting=here requests=first@0,again@7200,renamed@30,neighbour@0 53:denied(105) 91:malformed",
        // Revoking before the drop failed in part, once, and afterwards nothing could be revoked any more.
        "seed=4326399114492075 setting=aws lake=keepsGrants requests=first@0 12:stop 40:partial",
        // A reply that describes no database is no other's database either.
        "seed=994426 setting=aws requests=first@0 8:strangerGrants 19:silence 30:strangerDeregisters 43:rateExceeded(7) 54:malformed",
        "seed=990180 setting=here requests=first@0,neighbour@0 18:conflict(10) 27:hang 44:malformed",
        "seed=112159476419051 setting=aws requests=first@0 2:accountVanishes 35:malformed",
        "seed=112159476420384 setting=here requests=first@0,rival@0 7:tableAppears 33:lostReply 86:malformed",
        // A database of which a state cannot take what Glue says was looked for by five recoveries.
        "seed=2206119941408854 setting=bridge lake=keepsTags ground=largeDatabase requests=first@0,again@700,renamed@3 1:stop",
        // A page of permissions began by number: what was revoked meanwhile left a stranger's grant out of it.
        "seed=3836056699930190 setting=here lake=administratorsAlter,shortPages,version4 requests=first@0 6:strangerGrants 9:strangerTakesName 13:silence 15:twice 21:partial(9) 32:stale(3885) 53:lostReply(8) 72:stopIneffective",
        // A repeat whose execution had a name that no statement takes was refused, and the request told both.
        "seed=1 setting=aws requests=first@0,oddlyNamed@1", "seed=1 setting=aws requests=first@0,oddlyNamed@700",
        // Here the check was wrong: what outlives its database in a lake that keeps grants cannot be revoked, a reply that
        // is lost for good says nothing, who cannot be read is told under the name of the execution, and a repeat leaves
        // the answer to an execution that has just told it and still runs.
        "seed=1359682138546979 setting=bridge requests=first@0,renamed@8,changed@0",
        "seed=60299095845516 setting=aws lake=givesAccess,keepsGrants,missingIsNotFound,version4 requests=first@0 11:strangerDropsDatabase",
        "seed=60299095835191 setting=aws lake=listsAllAlone requests=first@0,neighbour@8,ownAccount@5 11:oversized 27:silence 44:lostReply(12) 45:eventTwice 74:crashBefore",
        "seed=2279372916530908 setting=aws requests=first@0,rival@700,invalidAgain@0 2:lostReply(10) 3:eventLost 51:oversized",
        // Here the check was wrong: it did not know that what is too large is not read again, that nobody sees at once who
        // is no administrator any more, and that five recoveries which break off leave things to an alarm.
        "seed=773824266124540 setting=aws requests=first@0 10:objectAppears 88:oversized",
        "seed=2194160980329706 setting=aws requests=first@0,rival@3 20:objectAppears 90:oversized",
        "seed=1442950602056755 setting=bridge requests=first@0 23:conflict(11) 35:administratorRemoved 39:stale(1542)",
        "seed=2194160980330487 setting=here requests=first@0 14:oversized 30:stop 47:denied(5295) 98:denied(6389)",
    ])
    func `what was found once stays mended`(text: String) throws {
        let found = try Schedule(parsing: text)
        for shift in -1...2 {
            var schedule = found
            schedule.occurrences = found.occurrences.map {
                .init(call: max(1, $0.call + shift), happening: $0.happening)
            }
            #expect(player.play(schedule).violations == [], "\(schedule)")
        }
    }

    @Test(arguments: Situation.all.indices)
    func `a situation comes to the state that it is there for, and breaks no invariant`(index: Int) {
        let situation = Situation.all[index]
        let report = player.play(situation.schedule)
        #expect(report.violations == [], "\(situation.text)")
        #expect(report.calls.contains { $0.state == situation.state }, "\(situation.text)")
    }

    @Test(arguments: PlantedBug.allCases)
    func `a planted bug is found, by a schedule that the sound machines stand`(bug: PlantedBug) throws {
        let schedule = try Schedule(parsing: bug.schedule)
        let planted = try bug.player(on: TestLake.workflows.get())
        #expect(!planted.play(schedule).violations.isEmpty, "\(bug.text)")
        #expect(player.play(schedule).violations == [])
    }
}
