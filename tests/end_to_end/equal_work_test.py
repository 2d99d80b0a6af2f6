# SPDX-License-Identifier: Apache-2.0
"""What is another tenant's costs as much as what is not there, so that time tells nobody of it. Counted, not timed: steps of the
database and records of the log are the same on every machine."""

import re
from dataclasses import replace

import pytest
from end_to_end import routes_test as routes
from harness import api, process
from harness.listeners import wait_until

COUNTED = ("crossrole_database_steps_total", "crossrole_audit_records_total")
TOKEN = "crs_" + "0" * 26 + "_" + "A" * 43 + "_AAAAAA"


class Meter:
    """Counts what one request costs a server that also has work of its own."""

    def __init__(self, world):
        self.api, self.costs = api.Api(f"http://127.0.0.1:{world.metrics_port}"), {}

    def read(self):
        text = self.api.get("/metrics").text.decode()
        return tuple(float(re.search(rf"^{name} (\S+)$", text, re.M).group(1)) for name in COUNTED)

    def ask(self, name, send):
        """What it cost, once more. Work of others in between only adds: what is least is the request's own."""
        before = self.read()
        answer = send()
        after = self.read()
        cost = tuple(now - then for now, then in zip(after, before, strict=True))
        self.costs[name] = tuple(map(min, cost, self.costs.get(name, cost)))
        return answer

    def are_equal(self, sends):
        """Whether all cost the same. In turns, and anew while they differ: what really differs does so for ever, and the record of a
        refusal may be counted a moment after the answer, with the next request."""

        def once_more():
            self.costs = {}
            for _ in range(3):
                for name, send in sends.items():
                    self.ask(name, send)
            return len(set(self.costs.values())) == 1

        try:
            wait_until(once_more, seconds=60)
        except AssertionError:
            return False
        return True


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    running = process.Processes(tmp_path_factory.mktemp("work"))
    made = routes.World(running)
    assert made.active, "what connections are looked for of"
    yield made
    running.close()


@pytest.fixture(scope="module")
def meter(world):
    return Meter(world)


@pytest.mark.parametrize("route", [route for route in routes.GUARDED if "{id}" in route and route not in routes.INSTALLATION])
def test_what_is_another_tenants_costs_as_much_as_what_is_not_there(world, meter, route):
    call = world.call(route)
    nobodys = f"{call.path['id'].split('_')[0]}_{routes.NO_SUCH}"
    sends = {name: (lambda id=id: world.send(route, replace(call, path={**call.path, "id": id}), world.other))
             for name, id in (("theirs", call.path["id"]), ("nobody's", nobodys))}
    assert [send().status for send in sends.values()] == [404, 404]
    assert meter.are_equal(sends), meter.costs


def test_the_address_of_nobody_costs_a_sign_in_no_more_than_reading_a_row_less(world, meter):
    # A new address each time: whoever was wrong before waits, which costs less and tells what he did himself.
    people = iter([world.operator()["email"] for _ in range(5)])
    strangers = (f"nobody{number}@example.com" for number in range(5))

    def send(emails):
        body = {"tenant": "default", "email": next(emails), "password": "wrong horse battery"}
        records = meter.read()[1]
        assert world.api.with_token(None).post("/v1/auth/sign-in", body).status == 401
        wait_until(lambda: meter.read()[1] > records)

    meter.costs = {}
    for _ in range(5):
        meter.ask("wrong password", lambda: send(people))
        meter.ask("nobody", lambda: send(strangers))
    (known, known_records), (unknown, unknown_records) = meter.costs["wrong password"], meter.costs["nobody"]
    assert known_records == unknown_records > 0, meter.costs
    assert 0 <= known - unknown < 50, meter.costs


def test_what_differs_in_work_is_seen(world, meter):
    mine = world.integration()["id"]
    sends = {"found": lambda: world.api.get(f"/v1/integrations/{mine}").expect(200),
             "not there": lambda: world.api.with_token(TOKEN).get(f"/v1/integrations/{mine}").expect(401)}
    meter.costs = {}
    for _ in range(5):
        for name, send in sends.items():
            meter.ask(name, send)
    assert len(set(meter.costs.values())) == 2, meter.costs
