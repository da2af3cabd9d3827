"""Many clients at once: every room that was asked for is there in the end, once."""
import http.client
import json
import threading
import time
import uuid

from server import running

CLIENTS, ROOMS = 200, 10_000
PATIENCE = 900


class Client(threading.Thread):
    """Asks for rooms one after the other, each of them twice, over one connection."""

    def __init__(self, server, machine, number):
        super().__init__()
        self.server, self.machine, self.number = server, machine, number
        self.asked, self.problems, self.throttled = {}, [], 0

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        for room in range(ROOMS // CLIENTS):
            request_id, database = str(uuid.uuid4()), f"room_{self.number}_{room}"
            body = {"requestId": request_id, "account": "111122223333", "database": database}
            call = json.dumps({"stateMachineArn": self.machine, "name": request_id, "input": json.dumps(body)})
            for attempt in range(2):
                status, answer = self.ask(connection, call)
                # The second time the execution runs still, or has ended.
                if not (status == 200 or attempt and answer["__type"] == "ExecutionAlreadyExists"):
                    self.problems.append((request_id, attempt, status, answer))
            self.asked[request_id] = database
        connection.close()

    def ask(self, connection, call):
        while True:
            connection.request("POST", "/", call, {
                "X-Amz-Target": "AWSStepFunctions.StartExecution", "Content-Type": "application/x-amz-json-1.0"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            if answer.get("__type") != "ThrottlingException":
                return response.status, answer
            self.throttled += 1
            time.sleep(0.05)


def test_200_clients_get_their_10000_rooms_none_lost_and_none_double(program):
    with running(program, environment={"CLEANROOM_LOG_LEVEL": "warning"}) as server:
        sfn = server.client("stepfunctions", read_timeout=300)
        machine = next(m["stateMachineArn"] for m in sfn.list_state_machines()["stateMachines"]
                       if m["name"] == "core-account-cleanroom-create")
        clients = [Client(server, machine, number) for number in range(CLIENTS)]
        begin = time.monotonic()
        for client in clients:
            client.start()
        for client in clients:
            client.join(PATIENCE)
        assert [p for client in clients for p in client.problems] == []
        asked = {id: database for client in clients for id, database in client.asked.items()}
        assert len(asked) == ROOMS
        acknowledged = time.monotonic() - begin
        while sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)["executions"]:
            assert time.monotonic() - begin < PATIENCE
            time.sleep(0.2)
        print(f"{ROOMS} rooms by {CLIENTS} clients: acknowledged in {acknowledged:.1f} s, made in "
              f"{time.monotonic() - begin:.1f} s, {sum(c.throttled for c in clients)} calls throttled")

        pages = sfn.get_paginator("list_executions").paginate(
            stateMachineArn=machine, PaginationConfig={"PageSize": 1000})
        executions = [e for page in pages for e in page["executions"]]
        assert {e["status"] for e in executions} == {"SUCCEEDED"}
        assert sorted(e["name"] for e in executions) == sorted(asked)
        pages = server.client("glue", read_timeout=300).get_paginator("get_databases").paginate()
        rooms = {d["Name"]: d["Parameters"]["cleanroom_request_id"] for page in pages for d in page["DatabaseList"]}
        assert rooms == {database: id for id, database in asked.items()}
        locations, token = set(), None
        lake = server.client("lakeformation", read_timeout=300)
        while True:
            page = lake.list_resources(MaxResults=1000, **({"NextToken": token} if token else {}))
            locations |= {r["ResourceArn"] for r in page["ResourceInfoList"]}
            token = page.get("NextToken")
            if not token:
                break
        assert len(locations) == ROOMS
