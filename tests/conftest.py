# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the conformance and end-to-end tests.

    start_sim(*arguments)     a simulated AWS; `sim` is one with the defaults
    start_moto(env=…)         moto; `moto` is one without signature checks
    start_server(cloud, …)    a control plane whose own identity lives in `cloud`; `server` is one on `sim`

Everything listens on loopback, ends with the test, and leaves its logs in the report when the test fails. Environment:
CROSSROLE_EXECUTABLE (build/crossrole), CROSSROLE_BUILD (build/dev), CROSSROLE_LONG=1 (the long forms).
"""

import os

import pytest
from harness import clouds, process
from harness import server as servers

LONG = os.environ.get("CROSSROLE_LONG") == "1"


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="a long form: make test-long"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        for running in item.stash.get(PROCESSES, []):
            for name, text in running.logs():
                report.sections.append((f"{name} log", text))


PROCESSES = pytest.StashKey()


@pytest.fixture
def processes(request, tmp_path):
    """Starts programs that end with the test."""
    running = process.Processes(tmp_path)
    request.node.stash.setdefault(PROCESSES, []).append(running)
    yield running
    running.close()


@pytest.fixture(scope="session")
def is_long():
    """Whether the long forms were asked for."""
    return LONG


@pytest.fixture
def start_sim(processes):
    return lambda *arguments, **options: clouds.start_sim(processes, *arguments, **options)


@pytest.fixture
def sim(start_sim):
    """A simulated AWS."""
    return start_sim()


@pytest.fixture
def start_moto(processes):
    return lambda **options: clouds.start_moto(processes, **options)


@pytest.fixture
def moto(start_moto):
    """moto, which believes every signature."""
    return start_moto()


@pytest.fixture
def start_server(processes):
    """`start_server(cloud, *arguments, env={}, keys=…)`: its identity is `keys`, else the cloud's platform account."""

    def start(cloud, *arguments, env=None, keys=None, **options):
        if keys is None:
            keys = cloud.keys(cloud.platform) if isinstance(cloud, clouds.Sim) else cloud.keys
        return servers.Server(processes, {**cloud.environment(keys), **(env or {})}, arguments, **options)

    return start


@pytest.fixture
def server(sim, start_server):
    """A control plane on `sim`."""
    return start_server(sim)


@pytest.fixture
def api(server):
    """The REST API of `server`, as its administrator."""
    return server.api
