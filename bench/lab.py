# SPDX-License-Identifier: Apache-2.0
"""What the figures of bench.py are measured on: programs of the release build, and how they are watched."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from harness import clouds, process, server as servers  # noqa: E402

EXECUTABLE = ROOT / "build" / "release" / "src" / "crossrole"
NATIVE = ROOT / "build" / "release" / "bench" / "crossrole_bench"
TICKS = os.sysconf("SC_CLK_TCK")


class Report:
    """The figures of one run."""

    def __init__(self):
        self.figures = []
        self.busy = busy_share()
        if self.busy > 0.1:
            print(f"other programs use {self.busy:.0%} of this machine: latencies and what depends on them are worth little\n")

    def add(self, name, value, bound, unit="", at_least=False, note=""):
        """One figure, and whether it keeps its bound."""
        met = value >= bound if at_least else value <= bound
        self.figures.append({"name": name, "value": value, "bound": bound, "bound_is": "lowest" if at_least else "highest", "unit": unit,
                             "met": bool(met), "note": note})
        row = self.row(self.figures[-1])
        print("  ".join((row[0].ljust(62), row[1].rjust(14), row[2].rjust(14), row[3])), flush=True)

    @staticmethod
    def row(figure):
        sign = "≥" if figure["bound_is"] == "lowest" else "≤"
        return (figure["name"], f"{number(figure['value'])} {figure['unit']}".strip(),
                f"{sign} {number(figure['bound'])} {figure['unit']}".strip(), "met" if figure["met"] else "not met")

    def print(self):
        """The table, and below it what has to be said about a figure."""
        rows = [("figure", "measured", "bound", ""), *map(self.row, self.figures)]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        print()
        for row in rows:
            print("  ".join((row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3])).rstrip())
        print()
        for figure in self.figures:
            if figure["note"]:
                print(f"{figure['name']}: {figure['note']}")

    def save(self, path, seconds):
        missed = [figure["name"] for figure in self.figures if not figure["met"]]
        machine = {"cpus": os.cpu_count(), "busy_before": round(self.busy, 2)}
        path.write_text(json.dumps({"seconds": round(seconds), "machine": machine, "missed": missed, "figures": self.figures}, indent=1,
                                   ensure_ascii=False) + "\n")
        print(f"\n{len(self.figures) - len(missed)} of {len(self.figures)} met in {seconds:.0f} s; saved to {path}")


def number(value):
    """Three digits that count."""
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def busy_share(seconds=1):
    """How much of the machine somebody else uses just now: 0 to 1."""

    def read():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    all_before, idle_before = read()
    time.sleep(seconds)
    all_after, idle_after = read()
    return 1 - (idle_after - idle_before) / max(all_after - all_before, 1)


def native(command, env=None, **arguments):
    """The figures of one run of crossrole_bench."""
    argv = [str(NATIVE), command]
    for name, value in arguments.items():
        argv += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr}"
    return json.loads(done.stdout)


def median_of(rounds, measure):
    """The middle one of some measurements."""
    return statistics.median(measure() for _ in range(rounds))


def cpu_seconds(running):
    """User and system time that a process and its threads have used so far."""
    fields = pathlib.Path(f"/proc/{running.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_megabytes(running):
    text = pathlib.Path(f"/proc/{running.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def peak_megabytes(running):
    text = pathlib.Path(f"/proc/{running.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024


def start_seconds(processes, env, data):
    """From the start of the process on an empty data directory until `/healthz` answers."""
    port = process.free_port()
    begin = time.perf_counter()
    running = processes.start("fresh", [EXECUTABLE, "server", "--listen", f"127.0.0.1:{port}", "--data", data], env)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
            taken = time.perf_counter() - begin
            break
        except OSError:
            assert running.running, running.output()
            time.sleep(0.001)
    running.stop()
    return taken


def trust_for(integration):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": integration["external_id"]}}},
        {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}]}


class Lab:
    """A simulated AWS without rate limits, a server on it, and a second tenant; each tenant has one active integration."""

    def __init__(self, processes, folder):
        self.processes, self.folder = processes, folder
        self.sim = clouds.start_sim(processes, "--throttle", "off")
        self.keys = self.sim.keys(self.sim.platform)
        # Our own budgets would throttle what is to be measured.
        self.environment = {**self.sim.environment(self.keys), "CROSSROLE_AWS_RATE_SCALE": "100000"}
        data = folder / "server-data"
        data.mkdir(mode=0o700)
        rival = native("tenant", data=data, handle="rival")
        self.server = servers.Server(processes, self.environment, (), data=data)
        self.idle_megabytes = resident_megabytes(self.server.process)
        self.token, self.rival_token = self.server.token, rival["token"]
        self.integration = self.connect(self.server.api, self.sim.customers[0])
        self.rival_integration = self.connect(self.server.api.with_token(self.rival_token), self.sim.customers[1])

    def connect(self, api, customer, handle="bench"):
        body = {"handle": handle, "kind": "account", "account_id": customer["account_id"]}
        integration = api.post("/v1/integrations", body).expect(201)
        self.sim.client("iam", self.sim.keys(customer)).create_role(
            RoleName=integration["role_name"], Path=integration["role_path"], AssumeRolePolicyDocument=json.dumps(trust_for(integration)))
        path = f"/v1/integrations/{integration['id']}"
        active = api.wait_for(path, lambda it: it["state"] == "active")
        api.post(path + "/sessions").expect(201)
        return active

    def another_server(self, name="another", arguments=()):
        """A server of its own with one active integration: the same machine, and nothing else in common."""
        data = self.folder / f"{name}-data"
        data.mkdir(mode=0o700)
        server = servers.Server(self.processes, self.environment, arguments, data=data, name=name)
        return server, self.connect(server.api, self.sim.customers[1], "another")

    def path(self, integration):
        return f"/v1/integrations/{integration['id']}"

    def http(self, path, token=None, **arguments):
        """Load on the server by the native client."""
        return native("http", {"CROSSROLE_TOKEN": token or self.token}, port=self.server.port, path=path, **arguments)

    def mint(self, integration=None, token=None, **arguments):
        """Mints that the cache answers."""
        path = self.path(integration or self.integration) + "/sessions"
        return self.http(path, token, method="POST", body="{}", status=201, **arguments)
