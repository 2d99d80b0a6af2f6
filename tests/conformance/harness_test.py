# SPDX-License-Identifier: Apache-2.0
"""The harness itself: the clients are the ones that were pinned, and they reach a cloud that nobody here wrote."""

import pytest
from harness import process


def test_the_aws_cli_reaches_moto(moto, aws_cli):
    answer = aws_cli(moto, moto.keys, "sts", "get-caller-identity").expect(0).json
    assert answer["Account"] == moto.account_id


def test_boto3_reaches_moto(moto):
    assert moto.client("sts", moto.keys).get_caller_identity()["Account"] == moto.account_id


def test_the_javascript_sdk_reaches_moto(moto, javascript):
    answer = javascript("call.mjs", "sts", "GetCallerIdentityCommand", "{}", env=moto.environment(moto.keys))
    assert answer["result"]["Account"] == moto.account_id


def test_errors_of_the_javascript_sdk_are_reported(moto, javascript):
    answer = javascript("call.mjs", "iam", "GetRoleCommand", '{"RoleName": "absent"}', env=moto.environment(moto.keys))
    assert (answer["error"]["name"], answer["error"]["status"]) == ("NoSuchEntityException", 404)


def test_a_program_that_ends_early_is_reported_with_its_output(processes):
    ended = processes.start("ended", ["/bin/sh", "-c", "echo the reason; exit 3"])
    with pytest.raises(AssertionError, match="ended with 3:\nthe reason"):
        ended.wait_for_url(f"http://127.0.0.1:{process.free_port()}/")


def test_what_a_sanitizer_found_fails_the_test(tmp_path):
    running = process.Processes(tmp_path)
    running.start("bad", ["/bin/sh", "-c", "echo '==1==ERROR: AddressSanitizer: heap-use-after-free'"]).popen.wait()
    with pytest.raises(AssertionError, match="AddressSanitizer"):
        running.close()


def test_programs_do_not_inherit_aws_variables(processes, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("CROSSROLE_TOKEN", "secret")
    running = processes.start("env", ["/usr/bin/env"])
    running.popen.wait()
    assert "AWS_PROFILE" not in running.output() and "CROSSROLE_TOKEN" not in running.output()
