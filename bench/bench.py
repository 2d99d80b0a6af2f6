# SPDX-License-Identifier: Apache-2.0
"""Measures the release executable against a simulated AWS, on loopback: python bench/bench.py build/crossrole"""

import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from harness import clouds, process, server as servers  # noqa: E402

SECONDS = 5
CONNECTIONS = 128


def median_fsync(directory, count=200):
    """The disk's own speed: seconds for one small append and fdatasync."""
    times = []
    fd = os.open(directory / "fsync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(count):
        begin = time.perf_counter()
        os.write(fd, b"x" * 500)
        os.fdatasync(fd)
        times.append(time.perf_counter() - begin)
    os.close(fd)
    return statistics.median(times)


def requests_per_second(directory, url, token, method):
    """wrk's rate with all connections busy."""
    script = directory / f"{method}.lua"
    script.write_text(f'wrk.method = "{method}"\nwrk.headers["Authorization"] = "Bearer {token}"\n'
                      + ('wrk.headers["Content-Type"] = "application/json"\nwrk.body = "{}"\n' if method == "POST" else ""))
    printed = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in printed, printed
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])


def lone_latency(api, path, count=200):
    """The median of one caller's mints, one after the other."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        api.post(path).expect(201)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def process_cost(executable, server, count=20):
    """Median wall and CPU seconds of `crossrole credentials process`."""
    environment = {**os.environ, "CROSSROLE_SERVER": server.api.base, "CROSSROLE_TOKEN": server.api.token}
    walls, cpus = [], []
    for _ in range(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        subprocess.run([executable, "credentials", "process", "--integration", "bench"], env=environment, capture_output=True, check=True)
        walls.append(time.perf_counter() - begin)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def connect(server, sim):
    """An active integration, and the path of its sessions."""
    customer = sim.customers[0]
    integration = server.api.post("/v1/integrations", {"handle": "bench", "kind": "account", "account_id": customer["account_id"]}).expect(201)
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"sts:ExternalId": integration["external_id"]}}},
        {"Effect": "Allow", "Principal": {"AWS": integration["principal_arn"]}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}]}
    sim.client("iam", sim.keys(customer)).create_role(RoleName=integration["role_name"], Path=integration["role_path"],
                                                      AssumeRolePolicyDocument=json.dumps(trust))
    path = f"/v1/integrations/{integration['id']}"
    server.api.wait_for(path, lambda it: it["state"] == "active")
    server.api.post(path + "/sessions").expect(201)
    return path


def main(executable):
    os.environ["CROSSROLE_EXECUTABLE"] = executable
    directory = pathlib.Path(tempfile.mkdtemp(prefix="crossrole-bench-"))
    processes = process.Processes(directory)
    try:
        sim = clouds.start_sim(processes)
        begin = time.perf_counter()
        server = servers.Server(processes, sim.environment(sim.keys(sim.platform)), ())
        started = time.perf_counter() - begin
        path = connect(server, sim)
        rss = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{server.process.pid}/status").read_text())[1]) / 1024
        fsync = median_fsync(directory)
        get = requests_per_second(directory, server.api.base + path, server.api.token, "GET")
        mint = requests_per_second(directory, server.api.base + path + "/sessions", server.api.token, "POST")
        lone = lone_latency(server.api, path + "/sessions")
        wall, cpu = process_cost(executable, server)
        print(f"warm mint / authenticated GET, {CONNECTIONS} connections: {mint / get:.2f} ({mint:.0f} / {get:.0f} per second), aim >= 0.5")
        print(f"lone warm mint, p50: {lone * 1e3:.2f} ms; bound 1.5 fsync + 0.3 ms = {fsync * 1.5e3 + 0.3:.2f} ms (fsync {fsync * 1e3:.2f} ms; includes this client)")
        print(f"credentials process: {wall * 1e3:.1f} ms wall (aim < 30), {cpu * 1e3:.1f} ms CPU (aim < 15)")
        print(f"server: {rss:.1f} MB resident when idle (aim < 40), ready after {started * 1e3:.0f} ms with this harness's polling (aim < 200)")
    finally:
        processes.close()


if __name__ == "__main__":
    main(sys.argv[1])
