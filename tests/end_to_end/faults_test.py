# SPDX-License-Identifier: Apache-2.0
"""The main job of account_test.py, on an AWS that throttles every fifth call and breaks every twentieth: what the product promises
does not depend on a good day. What a test itself calls AWS for goes well, so that it knows what it made."""

import pytest
from account_test import (customer, iam, integration,  # noqa: F401
                          test_a_pasted_role_is_proven_and_sessions_are_those_of_the_account,
                          test_a_role_opened_behind_our_back_is_quarantined_and_returns, test_an_open_role_is_refused_and_gives_no_sessions,
                          test_cloudformation_connects_the_account, test_disable_stops_minting_and_delete_needs_the_handle,
                          test_every_handout_is_recorded_and_the_record_verifies, test_minting_goes_on_through_a_rotation,
                          test_quickstart_makes_one_role_and_one_policy_however_often, test_the_expected_role_is_found_by_polling)
from harness import clouds

# Rules are tried in turn: a fifth of all calls are throttled, a twentieth are answered by 500, a twentieth by nothing at all.
FAULTS = ({"effect": "throttle", "probability": 0.2}, {"effect": "500", "probability": 0.0625}, {"effect": "reset", "probability": 0.067})


class Calm:
    """A client of boto3 whose calls meet no faults."""

    def __init__(self, sim, client):
        self.sim, self.client = sim, client

    def get_waiter(self, name):
        return Calm(self.sim, self.client.get_waiter(name))

    def __getattr__(self, name):
        def call(*arguments, **parameters):
            self.sim.faults()
            try:
                return getattr(self.client, name)(*arguments, **parameters)
            finally:
                self.sim.faults(*FAULTS)

        return call


class RoughSim(clouds.Sim):
    """A simulated AWS on a bad day."""

    def client(self, service, keys, region=clouds.REGION, **config):
        return Calm(self, super().client(service, keys, region, **config))


@pytest.fixture
def sim(start_sim):
    quiet = start_sim()
    rough = RoughSim(quiet.process, quiet.url)
    rough.faults(*FAULTS)
    yield rough
    # A day without a fault proves nothing.
    assert sum(row["throttled"] + row["refused"] for row in rough.calls()) > 0
