"""Counts the instructions that a room takes, and compares them with the committed count. `make bench-check` calls it.

    python check.py [accept=1]

The rooms are made on one thread with a clock that stands still, and callgrind counts, so what else the machine does is
not in the count: a difference is a change of the program, or of its compiler and libraries.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOOPS, COMMITTED = ROOT / ".build/release/bench", ROOT / "Benchmarks/results/instructions.json"
FEW, MANY, ALLOWED = 10, 60, 1.05


def instructions(rooms: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        # Valgrind cannot read the debugging information of Swift.
        subprocess.run(["strip", "-o", f"{place}/bench", LOOPS], check=True)
        found = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"{place}/bench", "fixed",
             f"folder={place}/lake", f"rooms={rooms}"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"SWIFT_DETERMINISTIC_HASHING": "1"})
    return int(re.search(r"Collected : (\d+)", found.stderr)[1])


def main(accepts: bool) -> int:
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed (apt-get install valgrind)")
        return 0
    few, many = instructions(FEW), instructions(MANY)
    now = {"perRoom": (many - few) // (MANY - FEW), "start": few - FEW * (many - few) // (MANY - FEW)}
    if accepts or not COMMITTED.exists():
        COMMITTED.write_text(json.dumps(now, indent=2) + "\n")
        print(f"accepted: {now['perRoom']:,} instructions per room, {now['start']:,} to start")
        return 0
    before, worse = json.loads(COMMITTED.read_text()), []
    for name, count in now.items():
        print(f"{name}: {count:,} instructions, {count / before[name] - 1:+.1%} against {before[name]:,}")
        if count > before[name] * ALLOWED:
            worse.append(name)
    if worse:
        print(f"{' and '.join(worse)}: more than {ALLOWED - 1:.0%} worse. If it has to be, make bench-check accept=1")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main("accept=1" in sys.argv[1:]))
