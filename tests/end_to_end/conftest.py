# SPDX-License-Identifier: Apache-2.0
"""Fixtures for whole journeys."""

import pytest
from harness import certificates, process


@pytest.fixture
def fault_point():
    """`fault_point("mint.after_audit")`: the variables that end the server at this place, once. Dev builds only."""
    return lambda name: {"CROSSROLE_FAULT_POINT": name}


@pytest.fixture(scope="session")
def executable():
    """The program under test."""
    path = process.executable()
    assert path.exists(), f"{path} is not built: make build"
    return path


@pytest.fixture
def certificate(tmp_path):
    """(certificate, key) of 127.0.0.1, signed by itself."""
    return certificates.self_signed(tmp_path)
