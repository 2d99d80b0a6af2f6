# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests with other people's clients: the AWS CLI and the AWS SDK for JavaScript."""

import json
import pathlib
import subprocess

import pytest
from harness import process
from harness import server as servers

JAVASCRIPT = pathlib.Path(__file__).resolve().parent / "javascript"


@pytest.fixture
def aws_cli(tmp_path):
    """`aws_cli(cloud, keys, *arguments)`: runs the AWS CLI; its answer is JSON."""

    def run(cloud, keys, *arguments, env=None):
        environment = process.clean_environment(tmp_path, {**cloud.environment(keys), "AWS_PAGER": "", **(env or {})})
        return servers.run_tool("aws", "--output", "json", *arguments, env=environment)

    return run


@pytest.fixture
def javascript(tmp_path):
    """`javascript("script.mjs", env={…}, *arguments)`: runs a script beside the AWS SDK for JavaScript; it prints JSON."""

    def run(script, *arguments, env=None, seconds=120):
        assert (JAVASCRIPT / "node_modules").is_dir(), "the SDK is missing: tools/bootstrap.sh test installs it"
        done = subprocess.run(["node", str(JAVASCRIPT / script), *map(str, arguments)], cwd=JAVASCRIPT, stdin=subprocess.DEVNULL,
                              env=process.clean_environment(tmp_path, env), capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{script} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    return run
