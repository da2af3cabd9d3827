"""A server of this program for the tests of the clients: started on a free port with a folder of its own."""
import contextlib
import os
import re
import signal
import subprocess
import tempfile

import boto3
from botocore.config import Config

REGION = "us-east-1"


class Server:
    """A running `cleanroom serve`."""

    def __init__(self, program, folder, *arguments, environment=None):
        self.folder = folder
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("CLEANROOM_", "AWS_"))}
        self.log = open(os.path.join(folder, "server.log"), "a+b")
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--data-dir", os.path.join(folder, "lake"), *arguments],
            stdout=subprocess.PIPE, stderr=self.log, env={**inherited, **(environment or {})}, text=True)
        self.block = []
        self.url = None
        for line in self.process.stdout:
            self.block.append(line.rstrip("\n"))
            if found := re.search(r"serves at (http://\S+)", line):
                self.url = found[1]
            if line.startswith("Ctrl-C"):
                return
        self.process.wait()
        raise RuntimeError(f"the server did not start:\n{self.log_text()[-4000:]}")

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def client(self, service, key="test", secret="test", **config):
        """A client of boto3, as it is, but for its endpoint."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret,
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}))

    def log_text(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def stop(self, sign=signal.SIGTERM):
        """Ends the server and gives the code with which it ended."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()
        return code


@contextlib.contextmanager
def running(program, *arguments, environment=None, folder=None):
    """A server for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="cleanroom-clients-") as own:
        server = Server(program, folder or own, *arguments, environment=environment)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.stop()
