"""Makes rooms in moto's Step Functions interpreter, one after the other, and prints how long each takes.

    python peer.py out/state_machine.json 10

The machine is the compiled one as moto can run it, and moto's services are mended: see infra/checks/moto_equivalence.py.
Everything is in one process, and it is not asked over HTTP how far an execution is: both would only slow it down.
"""

import json
import sys
import time
import uuid
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "infra" / "checks"))
import moto_equivalence  # noqa: E402
from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # noqa: E402


def main(definition: str, rooms: int) -> None:
    lake = moto_equivalence.MotoLake(Path(definition).read_text())
    backend = stepfunctions_parser_backends[lake.account]["us-east-1"]
    machine = backend.describe_state_machine(lake.machine)
    milliseconds = []
    for _ in range(rooms):
        name = str(uuid.uuid4())
        request = {"requestId": name, "account": moto_equivalence.CUSTOMER, "database": "room_" + name.split("-")[0]}
        begin = time.perf_counter()
        execution = backend.start_execution(lake.machine, name, json.dumps(request))
        while execution.status == "RUNNING":
            time.sleep(0.002)
        milliseconds.append((time.perf_counter() - begin) * 1000)
        assert execution.status == "SUCCEEDED", (execution.status, machine.name)
    resident = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS"))
    print(json.dumps({"milliseconds": milliseconds, "residentMiB": int(resident) / 1024}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
