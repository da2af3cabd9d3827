"""Measures Cleanroom beside its peers in one run, and writes what it finds down. `make bench` calls it.

    python bench.py [mode=full|quick] [rooms=1000000] [only=sizes]

Everything that is compared is measured in turn, round after round, so that what else the machine does meets all alike.
With `only` one measure of the last run is taken anew. Writes Benchmarks/results/latest.json, the table of docs/performance.md and docs/performance.svg.
"""

import json
import os
import platform
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "infra" / "checks"), str(ROOT / "Tests" / "Clients"), str(ROOT / "Benchmarks")]
os.chdir(ROOT)

from moto_equivalence import BUCKET, NAME, reduced  # noqa: E402
from plot import plot  # noqa: E402
from server import Server  # noqa: E402

PROGRAM, LOOPS = ".build/release/cleanroom", ".build/release/bench"
KEY, SECRET = "AKIDBENCHMARK", "a-secret-for-this-benchmark-alone"
MACHINE = f"arn:aws:states:us-east-1:000000000000:stateMachine:{NAME}"
SAM = shutil.which("sam") or ".venv/bin/sam"


def loop(name: str, **options) -> dict:
    """Runs one of the loops of Benchmarks/Program."""
    arguments = [f"{key.replace('_', '-')}={value}" for key, value in options.items()]
    return json.loads(subprocess.run([LOOPS, name, *arguments], check=True, stdout=subprocess.PIPE).stdout)


@contextmanager
def folder():
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as path:
        yield path


def spread(values) -> dict:
    return {"median": statistics.median(values), "low": min(values), "high": max(values), "runs": len(values)}


def say(text: str) -> None:
    print(text, flush=True)


def resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def check_all_stand(lake: str) -> None:
    with sqlite3.connect(Path(lake) / "lake.sqlite") as database:
        others = database.execute("SELECT status, COUNT(*) FROM execution WHERE status <> 'SUCCEEDED' GROUP BY 1")
        assert not (found := others.fetchall()), f"not every room stands: {found}"


# Rooms


def reduced_here() -> str:
    """The reduced machine of the peer, for our engine: what is replaced because moto cannot do it, and nothing that is
    only spelled otherwise there."""
    definition = json.loads(Path("out/state_machine.json").read_text())
    for name, state in reduced(definition)["States"].items():
        ours = definition["States"][name]
        is_same = (state["Type"], state.get("Resource")) == (ours["Type"], ours.get("Resource"))
        # Where a database is dropped a room that comes to be never gets.
        if not is_same and not state.get("Resource", "").endswith(":deleteDatabase"):
            definition["States"][name] = state | {key: ours[key] for key in ("Retry", "Catch") if key in state}
    role = f"arn:aws:iam::000000000000:role/{NAME}"
    text = json.dumps(definition)
    for name, value in {
        "AccountId": "000000000000", "ApiAuthorization": "none/none", "ApiEndpoint": "nobody.invalid", "Bucket": BUCKET,
        "LocationRoleArn": role + "-location", "Name": NAME, "Partition": "aws", "Region": "us-east-1",
        "RoleArn": role, "StateMachineArn": MACHINE, "Workgroup": "primary",
    }.items():  # fmt: skip
        text = text.replace("${" + name + "}", value)
    assert "${" not in text, "a substitution has no value"
    return text


def rooms(runs: int, count: int) -> dict:
    rounds = []
    for number in range(runs):
        found = {}
        with folder() as place:
            lake, definition = f"{place}/lake", Path(place, "reduced.json")
            definition.write_text(reduced_here())
            made = loop("rooms", folder=lake, at_once=64, at=0, window=count)["points"][0]
            check_all_stand(lake)
            found["perSecond"] = made["perSecond"]
            used = subprocess.run(["du", "-s", "-B1", lake], check=True, stdout=subprocess.PIPE, text=True).stdout
            found["diskKiB"] = int(used.split()[0]) / count / 1024
            found["databaseKiB"] = os.path.getsize(f"{lake}/lake.sqlite") / count / 1024
            bare = loop("bare", source=f"{lake}/lake.sqlite", target=f"{place}/bare.sqlite", rooms=count,
                        commits=made["commits"])
            found["barePerSecond"] = bare["perSecond"]
            alone = loop("rooms", folder=f"{place}/alone", at_once=1, at=0, window=count // 5)["points"][0]
            found["aloneMedianMs"], found["aloneP99Ms"] = alone["median"], alone["p99"]
            options = {"folder": f"{place}/reduced", "definition": definition}
            found["reducedPerSecond"] = loop(
                "rooms", at_once=64, at=0, window=count, **options)["points"][0]["perSecond"]
            check_all_stand(f"{place}/reduced")
        peer = json.loads(subprocess.run(
            [sys.executable, "Benchmarks/peer.py", "out/state_machine.json", "10"], check=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
        found["motoPerSecond"] = 1000 / statistics.mean(peer["milliseconds"])
        found["motoMedianMs"] = statistics.median(peer["milliseconds"])
        found["motoResidentMiB"] = peer["residentMiB"]
        found["timesMoto"] = found["perSecond"] / found["motoPerSecond"]
        found["reducedTimesMoto"] = found["reducedPerSecond"] / found["motoPerSecond"]
        found["partOfBare"] = found["perSecond"] / found["barePerSecond"]
        found["latencyBelowMoto"] = found["motoMedianMs"] / found["aloneMedianMs"]
        say(f"  round {number + 1}: " + ", ".join(f"{name} {value:.4g}" for name, value in found.items()))
        rounds.append(found)
    return {name: spread([found[name] for found in rounds]) for name in rounds[0]}


def scale(most: int) -> dict:
    """How a lake gets on while it grows, and then, by turns, a full one and others that are nearly empty: what the host
    does within the minutes that it takes to fill one would be taken for the lake's doing."""
    points = [n for n in (1000, 30_000, 100_000, 300_000) if n < most] + [most]
    window, ratios = 20_000, []
    with folder() as place:
        found = loop("rooms", folder=f"{place}/lake", at_once=64, at=",".join(map(str, points)), window=window)["points"]
        made = most + window
        for number in range(5):
            few = loop("rooms", folder=f"{place}/{number}", at_once=64, at=1000, window=window)["points"][0]
            many = loop(
                "rooms", folder=f"{place}/lake", at_once=64, at=made, window=window, **{"from": made})["points"][0]
            made += window
            ratios.append({name: many[name] / few[name] for name in ("perSecond", "show", "list")})
            say(f"  round {number + 1}: " + ", ".join(
                f"{name} {many[name]:.4g} against {few[name]:.4g}" for name in ratios[0]))
        check_all_stand(f"{place}/lake")
    return {"points": found, "manyToFew": {name: spread([r[name] for r in ratios]) for name in ratios[0]}}


# The server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def get(url: str) -> None:
    """Asks until there is an answer."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.001)


def cold_start(runs: int) -> dict:
    ours, moto, ours_idle, moto_idle = [], [], [], []
    with folder() as place:
        Server(PROGRAM, place).stop()
        for _ in range(runs):
            begin = time.perf_counter()
            server = Server(PROGRAM, place)
            get(server.url + "/health/live")
            ours.append((time.perf_counter() - begin) * 1000)
            time.sleep(1)
            ours_idle.append(resident(server.process.pid))
            server.stop()
            port = free_port()
            begin = time.perf_counter()
            peer = subprocess.Popen([str(Path(sys.executable).parent / "moto_server"), "-p", str(port)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            get(f"http://127.0.0.1:{port}/moto-api/")
            moto.append((time.perf_counter() - begin) * 1000)
            moto_idle.append(resident(peer.pid))
            peer.terminate()
            peer.wait()
    return {"ms": spread(ours), "motoMs": spread(moto), "idleMiB": spread(ours_idle), "motoIdleMiB": spread(moto_idle)}


def server(runs: int, seconds: int, most: int) -> dict | None:
    """StartExecution with Signature Version 4 from 64 connections, and what the server needs after `most` rooms."""
    if not shutil.which("wrk"):
        say("  skipped: wrk is not installed (apt-get install wrk)")
        return None
    found, first, total = [], 0, 0
    with folder() as place:
        running = Server(PROGRAM, place, environment={"CLEANROOM_ACCESS_KEYS": f"{KEY}:{SECRET}"})
        calls = f"{place}/calls"
        while len(found) < runs or total < most:
            count = 6000 * seconds
            loop("sign", file=calls, authority=f"127.0.0.1:{running.port}", first=first, count=count, machine=MACHINE,
                 key=KEY, secret=SECRET)
            begin = time.perf_counter()
            output = subprocess.run(
                ["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", "Benchmarks/starts.lua", running.url, "--", calls],
                check=True, stdout=subprocess.PIPE, text=True).stdout
            run = json.loads(output.split("JSON ")[1])
            assert run["refused"] == 0 and run["accepted"] < count, run
            run["acceptedPerSecond"] = run["accepted"] / run["seconds"]
            with sqlite3.connect(f"{place}/lake/lake.sqlite") as database:
                while database.execute("SELECT COUNT(*) FROM execution WHERE status = 'RUNNING'").fetchone()[0]:
                    time.sleep(0.05)
                total = database.execute("SELECT COUNT(*) FROM execution").fetchone()[0]
            run["finishedPerSecond"] = run["accepted"] / (time.perf_counter() - begin)
            found.append(run)
            first += count
            say(f"  {run['acceptedPerSecond']:.0f} accepted per second, p99 {run['p99Ms']:.0f} ms, {total} rooms")
        after = resident(running.process.pid)
        running.stop()
        check_all_stand(f"{place}/lake")
    names = ("acceptedPerSecond", "medianMs", "p99Ms", "finishedPerSecond")
    return {name: spread([run[name] for run in found]) for name in names} | {"rooms": total, "residentMiB": after}


# Whole processes


def milliseconds(*command: str, **options) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return (time.perf_counter() - begin) * 1000


def compiling(runs: int) -> dict:
    """`cleanroom compile`, against jq putting the same states together and SAM's linter looking at them."""
    ours, jq, lint = [], [], []
    with folder() as place:
        definition = json.loads(Path("out/state_machine.json").read_text())
        parts = []
        for number, (name, state) in enumerate(definition["States"].items()):
            parts.append(f"{place}/{number}.json")
            Path(parts[-1]).write_text(json.dumps({name: state}))
        for _ in range(runs):
            ours += [milliseconds(PROGRAM, "compile", "--output", f"{place}/out") for _ in range(3)]
            if shutil.which("jq"):
                jq.append(milliseconds("jq", "-s", '{StartAt: "Start", States: add}', *parts))
            if Path(SAM).exists():
                lint.append(milliseconds(
                    SAM, "validate", "--lint", "--template-file", "infra/step_function/template.yml",
                    env=os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}))
    found = {"ms": spread(ours)}
    if jq and lint:
        found |= {"jqMs": spread(jq), "lintMs": spread(lint)}
        found["times"] = (found["jqMs"]["median"] + found["lintMs"]["median"]) / found["ms"]["median"]
    else:
        say("  jq or sam is missing: compile is measured alone")
    return found


def sizes() -> dict:
    with folder() as place:
        subprocess.run(["strip", "-o", f"{place}/stripped", PROGRAM], check=True)
        found = {"strippedMiB": os.path.getsize(f"{place}/stripped") / 2**20}
    if Path("out/dist/cleanroom").exists():
        found["staticMiB"] = os.path.getsize("out/dist/cleanroom") / 2**20
    else:
        say("  out/dist/cleanroom is not there (make dist): its size is left out")
    return found


# The page


def table(results: dict) -> str:
    r, server, start = results["rooms"], results["server"], results["coldStart"]
    last = results["scale"]["points"][-1]["rooms"]

    def value(spread: dict, digits: int = 0) -> str:
        return f"{spread['median']:,.{digits}f} ({spread['low']:,.{digits}f} to {spread['high']:,.{digits}f})"

    def percent(spread: dict) -> str:
        return f"{spread['median']:.0%} ({spread['low']:.0%} to {spread['high']:.0%})"

    rows = [
        ("durable rooms per second, 64 at once", value(r["perSecond"]), "",
         f"moto {value(r['motoPerSecond'], 1)}"),
        ("… as a multiple of moto", value(r["timesMoto"]), "≥ 1,000", ""),
        ("… the form that moto can run", value(r["reducedPerSecond"]), "",
         f"{value(r['reducedTimesMoto'])} times moto"),
        ("… as a part of the bare SQLite loop", f"{r['partOfBare']['median']:.0%}", "",
         f"bare loop {value(r['barePerSecond'])}"),
        ("one room at a time, median, ms", value(r["aloneMedianMs"], 2), "≤ 1",
         f"moto {value(r['motoMedianMs'])}, {r['latencyBelowMoto']['median']:,.0f} times ours"),
        ("one room at a time, p99, ms", value(r["aloneP99Ms"], 2), "≤ 5", ""),
        ("transitions per second, in memory", value(results["transitions"]), "≥ 150,000", ""),
    ]
    if server:
        rows += [
            ("signed StartExecution accepted per second, 64 connections", value(server["acceptedPerSecond"]),
             "≥ 3,000", f"{value(server['finishedPerSecond'])} rooms per second at the same time"),
            ("… p99, ms", value(server["p99Ms"]), "≤ 50", ""),
            (f"resident after {server['rooms']:,} rooms, MiB", f"{server['residentMiB']:.0f}", "≤ 96",
             f"moto {value(r['motoResidentMiB'])} after 10"),
        ]
    ratios = results["scale"]["manyToFew"]
    rows += [
        ("resident, idle, MiB", value(start["idleMiB"]), "≤ 48", f"moto {value(start['motoIdleMiB'])}"),
        ("cold start to the first answer, ms", value(start["ms"]), "≤ 50", f"moto {value(start['motoMs'])}"),
        (f"rooms per second at {last:,} rooms against 1,000", percent(ratios["perSecond"]), "≥ 80 %", ""),
        (f"`show` at {last:,} rooms against 1,000", percent(ratios["show"]), "≤ 120 %", ""),
        (f"a page of `list` at {last:,} rooms against 1,000", percent(ratios["list"]), "≤ 120 %", ""),
        ("disk per room, KiB", value(r["diskKiB"], 2), "≤ 4", f"of it the database {value(r['databaseKiB'], 2)}"),
    ]
    compiled = results["compile"]
    rows.append(("`cleanroom compile`, whole process, ms", value(compiled["ms"]), "≤ 30", ""))
    if "times" in compiled:
        rows.append(("… against jq with `sam validate --lint`", f"{compiled['times']:.0f} times faster", "≥ 50 times",
                     f"jq {value(compiled['jqMs'])}, lint {value(compiled['lintMs'])}"))
    size = results["sizes"]
    rows.append(("stripped binary, MiB", f"{size['strippedMiB']:.1f}", "≤ 30", ""))
    if "staticMiB" in size:
        rows.append(("… with Swift's libraries in it (`make dist`), MiB", f"{size['staticMiB']:.1f}", "≤ 90", ""))
    lines = ["| what | median (lowest to highest) | goal | beside it |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def write(results: dict) -> None:
    Path("Benchmarks/results").mkdir(exist_ok=True)
    Path("Benchmarks/results/latest.json").write_text(json.dumps(results, indent=2) + "\n")
    page = Path("docs/performance.md")
    begin, end = "<!-- written by make bench -->\n", "<!-- end -->"
    before, rest = page.read_text().split(begin)
    machine = results["machine"]
    head = (f"{results['mode']} run, {results['date']}: {machine['processor']}, {machine['cores']} cores; load before it "
            f"{machine['load']:.1f}.\n\n")
    page.write_text(before + begin + head + table(results) + end + rest.split(end)[1])
    r = results["rooms"]
    points = [(point["rooms"], point["perSecond"]) for point in results["scale"]["points"]]
    Path("docs/performance.svg").write_text(plot(
        {"Cleanroom": points, "moto": [(1, r["motoPerSecond"]["median"])],
         "bare SQLite loop": [(1, r["barePerSecond"]["median"])]}, "rooms in the lake", "rooms per second"))
    say(table(results))


def main(options: dict) -> None:
    quick = options.get("mode", "full") == "quick"
    most = int(options.get("rooms") or (20_000 if quick else 1_000_000))
    results = {
        "mode": "quick" if quick else "full", "date": time.strftime("%Y-%m-%d"),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
    }
    measures = {
        "rooms": lambda: rooms(5, 1000 if quick else 3000),
        "transitions": lambda: spread([loop("transitions", count=1_000_000)["perSecond"] for _ in range(5)]),
        "coldStart": lambda: cold_start(5 if quick else 11),
        "compile": lambda: compiling(5),
        "sizes": sizes,
        "server": lambda: server(5, 2 if quick else 8, 0 if quick else 100_000),
        "scale": lambda: scale(most),
    }
    if only := options.get("only"):
        results = json.loads(Path("Benchmarks/results/latest.json").read_text())
        measures = {only: measures[only]}
    subprocess.run([PROGRAM, "compile", "--output", "out"], check=True, stdout=subprocess.DEVNULL)
    for name, measure in measures.items():
        say(name)
        results[name] = measure()
    write(results)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


if __name__ == "__main__":
    main(dict(argument.split("=", 1) for argument in sys.argv[1:]))
