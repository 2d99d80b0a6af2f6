# SPDX-License-Identifier: Apache-2.0
"""Our table of endpoints against botocore's rule sets: every service, partition, region and variant."""

import itertools
import json
import os
import pathlib
import subprocess

import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.model import ServiceModel

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("CROSSROLE_BUILD", ROOT / "build" / "dev")) / "tests" / "wire_tool"
SUPPORTED = ("aws", "aws-us-gov", "aws-cn", "aws-eusc")
WITH_FIPS = ("aws", "aws-us-gov")


def ask(questions):
    text = "".join(json.dumps(question) + "\n" for question in questions)
    answers = subprocess.run([TOOL], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(questions)
    return [json.loads(answer) for answer in answers]


def theirs(provider, model, question):
    parameters = {"Region": question["region"], "UseFIPS": question["fips"], "UseDualStack": question["dual_stack"]}
    if question["service"] == "sts":
        parameters["UseGlobalEndpoint"] = False
    endpoint = provider.resolve_endpoint(**parameters)
    scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
    return {"url": endpoint.url,
            "signing_name": scheme.get("signingName", model.signing_name),
            "signing_region": scheme.get("signingRegion", question["region"]),
            "variable": "AWS_ENDPOINT_URL_" + model.service_id.upper().replace(" ", "_")}


def test_every_endpoint_is_the_one_botocore_resolves():
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    services = ask([{"do": "services"}])[0]["services"]
    assert "sts" in services
    questions, expected = [], []
    for service, partition in itertools.product(services, partitions["partitions"]):
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region, fips, dual in itertools.product(partition["regions"], (False, True), (False, True)):
            question = {"do": "endpoint", "service": service, "partition": partition["id"], "region": region, "fips": fips,
                        "dual_stack": dual}
            questions.append(question)
            refused = (partition["id"] not in SUPPORTED or region.endswith("-global")
                       or (fips and partition["id"] not in WITH_FIPS))
            expected.append(None if refused else theirs(provider, model, question))
    for question, ours, right in zip(questions, ask(questions), expected, strict=True):
        assert ("error" in ours) if right is None else (ours == right), question
    assert sum(right is not None for right in expected) > 3000
