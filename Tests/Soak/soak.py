"""Hostile and honest clients beside each other on one server, for some minutes.

    python Tests/Soak/soak.py .build/debug/cleanroom minutes=10

Each hostile client does one thing over and over that has stopped a server once, or could. Honest clients ask for rooms
one after the other meanwhile and wait for each; another one looks at `/health/live`. It prints what they saw and ends
with 1 if anything honest was lost or slow, the process was started anew, or its memory did not come back.
"""
import collections
import contextlib
import http.client
import http.server
import json
import pathlib
import random
import socket
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Clients"))
from server import running  # noqa: E402

MACHINE_ROLE = "arn:aws:iam::000000000000:role/client"
MIB = 1024 * 1024
# What is allowed.
ROOM_P99, LIVE_P99, GROWTH = 1.0, 0.1, 96 * MIB
QUIET = 20


def resident(pid):
    """The memory of a process, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class Receiver(http.server.BaseHTTPRequestHandler):
    """The account service: remembers which requestIds it was told of, and answers slowly now and then."""

    told = collections.Counter()
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.told[body.get("requestId")] += 1
        self.send_response(503 if random.random() < 0.02 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, *_):
        pass


class Worker(threading.Thread):
    """Does one thing until the time is up, and counts how it was answered."""

    def __init__(self, soak, name, action, pause):
        super().__init__(daemon=True, name=name)
        self.soak, self.action, self.pause = soak, action, pause
        self.answers = collections.Counter()

    def run(self):
        while not self.soak.is_over:
            try:
                self.answers[self.action(self.soak)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
            time.sleep(self.pause)


class Soak:
    def __init__(self, server, minutes):
        self.server, self.end = server, time.monotonic() + minutes * 60
        self.room_times, self.live_times, self.problems, self.asked = [], [], [], {}
        self.machines = {}

    @property
    def is_over(self):
        return time.monotonic() >= self.end

    def call(self, action, body, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("POST", "/", json.dumps(body), {
                "X-Amz-Target": f"AWSStepFunctions.{action}", "Content-Type": "application/x-amz-json-1.0"})
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
            return response.status, answer

    def machine(self, name, definition):
        """The machine of a hostile client, made once."""
        if name not in self.machines:
            status, answer = self.call("CreateStateMachine", {
                "name": name, "roleArn": MACHINE_ROLE, "definition": json.dumps(definition)})
            if status != 200:
                return None
            self.machines[name] = answer["stateMachineArn"]
        return self.machines[name]

    def start(self, name, definition, data="{}"):
        machine = self.machine(name, definition)
        if machine is None:
            return "definition refused"
        status, answer = self.call("StartExecution", {"stateMachineArn": machine, "input": data})
        return answer.get("__type", status)


# Honest clients


def room(soak):
    """Asks for a room, and waits for its outcome."""
    request_id, database = str(uuid.uuid4()), "room_" + uuid.uuid4().hex[:12]
    begin = time.monotonic()
    body = json.dumps({"requestId": request_id, "account": "111122223333", "database": database})
    connection = http.client.HTTPConnection("127.0.0.1", soak.server.port, timeout=120)
    with contextlib.closing(connection):
        for method, path, content in (("POST", "/v1/cleanrooms", body), ("GET", f"/v1/requests/{request_id}?wait=30", "")):
            while True:
                connection.request(method, path, content, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                if response.status not in (429, 503):
                    break
                time.sleep(0.05)
            if response.status not in (200, 202):
                soak.problems.append((request_id, response.status, answer))
                return response.status
            soak.asked[request_id] = database
    soak.room_times.append(time.monotonic() - begin)
    if answer["status"] != "SUCCEEDED":
        soak.problems.append((request_id, answer))
    return answer["status"]


def live(soak):
    """Looks whether the server lives, over a connection of its own each time."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", soak.server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    soak.live_times.append(time.monotonic() - begin)
    if status != 200:
        soak.problems.append(("live", status))
    return status


# Hostile clients


def endless_loop(soak):
    """Searches through a large input, and a Choice that leads back to them."""
    state = {"Type": "Pass", "Parameters": {f"v{i}.$": "$.d..x" for i in range(50)}, "ResultPath": None, "Next": "Back"}
    back = {"Type": "Choice", "Choices": [{"Variable": "$.d", "IsPresent": True, "Next": "Search"}], "Default": "End"}
    return soak.start("endless", {
        "StartAt": "Search", "TimeoutSeconds": 5,
        "States": {"Search": state, "Back": back, "End": {"Type": "Succeed"}}},
        json.dumps({"d": [0] * 80_000}))


def doubled_text(soak):
    """One text, 40,000 times over."""
    template = "{}" * 4_000
    formula = f"States.Format('{template}', {', '.join(['$.t'] * 4_000)})"
    return soak.start("doubled", {
        "StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"v.$": formula}, "End": True}}},
        json.dumps({"t": "x" * 200_000}))


def nested_text(soak):
    """A text within a text, 60 deep: each level doubles the backslashes."""
    formula = "$"
    for _ in range(60):
        formula = f"States.JsonToString({formula})"
    return soak.start("nested", {
        "StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"v.$": formula}, "End": True}}}, '{"a":"\\""}')


def copies(soak):
    """20,000 copies of the input."""
    parameters = {f"v{i}.$": "$" for i in range(20_000)}
    return soak.start("copies", {
        "StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": parameters, "End": True}}},
        json.dumps({"d": "x" * 100_000}))


def waiting_lists(soak):
    """Executions that wait for long with much in hand."""
    return soak.start("waiting", {
        "StartAt": "A", "TimeoutSeconds": 30, "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}},
        json.dumps([[0]] * 30_000))


def self_starter(soak):
    """A machine that starts itself twice."""
    name = "self-starter"
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
    start = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
             "Parameters": {"StateMachineArn": arn, "Input.$": "States.JsonToString($)"}, "ResultPath": None}
    return soak.start(name, {"StartAt": "A", "States": {"A": {**start, "Next": "B"}, "B": {**start, "End": True}}},
                      json.dumps({"d": "x" * 20_000}))


def new_definitions(soak):
    """Another machine each time, with many states."""
    names = [f"S{uuid.uuid4().hex}" for _ in range(1_000)]
    states = {n: {"Type": "Pass", "Next": follower} for n, follower in zip(names, names[1:])}
    states[names[-1]] = {"Type": "Succeed"}
    status, answer = soak.call("CreateStateMachine", {
        "name": "m" + uuid.uuid4().hex[:20], "roleArn": MACHINE_ROLE,
        "definition": json.dumps({"StartAt": names[0], "States": states})})
    if status == 200:
        soak.call("DeleteStateMachine", {"stateMachineArn": answer["stateMachineArn"]})
    return answer.get("__type", status)


def misspelt_definition(soak):
    """A definition in which every Next is misspelt."""
    states = {f"State{i}": {"Type": "Pass", "Next": f"Stat{i}x"} for i in range(4_000)}
    status, answer = soak.call("ValidateStateMachineDefinition", {
        "definition": json.dumps({"StartAt": "State0", "States": states})})
    return answer.get("result") or answer.get("__type", status)


def small_history_pages(soak):
    """One event of the longest history there is."""
    machine = soak.machine("endless", {})
    if machine is None:
        return "no machine"
    status, answer = soak.call("ListExecutions", {"stateMachineArn": machine, "maxResults": 1})
    if status != 200 or not answer["executions"]:
        return answer.get("__type", "none")
    status, answer = soak.call("GetExecutionHistory", {
        "executionArn": answer["executions"][0]["executionArn"], "maxResults": 1, "reverseOrder": True})
    return answer.get("__type", status)


def metadata_call(soak):
    """A call of the machine's own network."""
    return soak.start("caller", {"StartAt": "A", "States": {"A": {
        "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True, "Parameters": {
            "ApiEndpoint": f"https://127.0.0.1:{soak.server.port}/metrics", "Method": "GET",
            "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1"}}}}})


def idle_connections(soak):
    """Many connections that say nothing."""
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(socket.create_connection(("127.0.0.1", soak.server.port), timeout=5))
        time.sleep(1)
    return "closed"


def bodies_that_never_come(soak):
    """Heads of requests with a large body, of which nothing comes."""
    head = (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.StartExecution\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: 1000000\r\n\r\n")
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(
                socket.create_connection(("127.0.0.1", soak.server.port), timeout=5))
            connection.sendall(head + b"x" * 1000)
        time.sleep(1)
    return "closed"


def broken_requests(soak):
    """Bytes that are no request."""
    lines = [b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
             b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", random.randbytes(2000),
             b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9223372036854775808\r\n\r\n"]
    with socket.create_connection(("127.0.0.1", soak.server.port), timeout=5) as connection:
        connection.sendall(random.choice(lines))
        return connection.recv(100).split(b"\r\n")[0].decode("latin-1") or "closed"


HOSTILE = {
    endless_loop: 3, doubled_text: 2, nested_text: 2, copies: 2, waiting_lists: 1, self_starter: 5, new_definitions: 1,
    misspelt_definition: 2, small_history_pages: 1, metadata_call: 1, idle_connections: 1, bodies_that_never_come: 1,
    broken_requests: 0.05,
}
HONEST = {room: 0.02, live: 0.05}


def soak(program, minutes):
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{receiver.server_port}"
    with running(program, "--api-endpoint", endpoint, environment={"CLEANROOM_LOG_LEVEL": "error"}) as server:
        run = Soak(server, minutes)
        for _ in range(50):
            room(run)
        run.room_times.clear()
        begin = resident(server.process.pid)
        workers = [Worker(run, action.__name__, action, pause) for action, pause in (HONEST | HOSTILE).items()]
        workers += [Worker(run, "room", room, HONEST[room])]
        for worker in workers:
            worker.start()
        peak = begin
        while not run.is_over:
            time.sleep(1)
            if server.process.poll() is not None:
                run.problems.append(("the server ended", server.process.returncode))
                break
            peak = max(peak, resident(server.process.pid))
        for worker in workers:
            worker.join(120)
        end = finish(run, server) if server.process.poll() is None else 0
        code = server.stop() if server.process.poll() is None else server.process.returncode
    for worker in workers:
        print(f"{worker.name}: {dict(worker.answers.most_common(6))}")
    return verdict(run, begin, peak, end, code)


def finish(run, server):
    """Waits until every room that was asked for has its end and its answer; gives the memory after that."""
    deadline = time.monotonic() + 120
    lost = set(run.asked)
    while lost and time.monotonic() < deadline:
        lost -= {request for request in lost if Receiver.told[request]}
        time.sleep(0.5)
    run.problems += [("no answer", request) for request in sorted(lost)]
    glue = server.client("glue", read_timeout=120)
    pages = glue.get_paginator("get_databases").paginate()
    rooms = {d["Name"]: d["Parameters"].get("cleanroom_request_id") for page in pages for d in page["DatabaseList"]}
    run.problems += [("no room", request) for request, name in run.asked.items() if rooms.get(name) != request]
    time.sleep(QUIET)
    return resident(server.process.pid)


def verdict(run, begin, peak, end, code):
    rooms, lives = percentile(run.room_times, 0.99), percentile(run.live_times, 0.99)
    print(
        f"soak: {len(run.asked)} rooms asked for, {len(run.problems)} problems, server ended with {code}; "
        f"p99 of a room {rooms * 1000:.0f} ms, of /health/live {lives * 1000:.0f} ms; memory {begin // MIB} MiB at "
        f"the beginning, {peak // MIB} at most, {end // MIB} at the end")
    for problem in run.problems[:20]:
        print("  problem:", *problem)
    faults = [text for fails, text in (
        (run.problems, "something was lost"),
        (code != 0, f"the server ended with {code}"),
        (rooms > ROOM_P99, f"a room took longer than {ROOM_P99} s"),
        (lives > LIVE_P99, f"/health/live took longer than {LIVE_P99} s"),
        (end - begin > GROWTH, f"memory grew by more than {GROWTH // MIB} MiB"),
    ) if fails]
    for text in faults:
        print("FAILED:", text)
    return not faults


if __name__ == "__main__":
    options = dict(argument.split("=", 1) for argument in sys.argv[2:])
    sys.exit(0 if soak(sys.argv[1], float(options.get("minutes", 10))) else 1)
