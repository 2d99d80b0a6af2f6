#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""generate_aws.py: names, and the mistakes in models and lists that it must not pass on to the compiler."""

import contextlib
import io
import json
import pathlib
import re
import unittest

import generate_aws

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = {
    "metadata": {"endpointPrefix": "x", "serviceId": "X", "apiVersion": "1", "protocol": "query"},
    "operations": {"GetThing": {"name": "GetThing", "input": {"shape": "GetThingRequest"},
                                "output": {"shape": "GetThingResponse", "resultWrapper": "GetThingResult"}, "errors": []}},
    "shapes": {
        "GetThingRequest": {"type": "structure", "members": {"Name": {"shape": "Name"}}, "required": ["Name"]},
        "GetThingResponse": {"type": "structure", "members": {"Thing": {"shape": "Thing"}, "Token": {"shape": "Name"}}},
        "Thing": {"type": "structure", "members": {"Parts": {"shape": "Things"}, "Size": {"shape": "Size"}}},
        "Things": {"type": "list", "member": {"shape": "Thing"}},
        "Name": {"type": "string", "max": 5, "pattern": "a\"b\\\\"},
        "Size": {"type": "long"},
    },
}


def model(change=lambda m: None, operations="x GetThing"):
    copy = json.loads(json.dumps(MODEL))
    change(copy)
    return generate_aws.Model("x", copy, operations)


class GenerateAwsTest(unittest.TestCase):
    def refused(self, make):
        with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
            made = make()
            generate_aws.header(made)
            generate_aws.Tables(made).source()
        return str(caught.exception)

    def test_members_get_names_in_the_style_of_the_code(self):
        names = {"RoleArn": "role_arn", "SAMLAssertion": "saml_assertion", "NotificationARNs": "notification_arns", "Id": "id",
                 "MFADevice": "mfa_device", "arn": "arn", "Default": "default_", "S3Bucket": "s3_bucket", "PhysicalResourceId":
                 "physical_resource_id"}
        self.assertEqual({name: generate_aws.snake(name) for name in names}, names)

    def test_a_struct_may_hold_itself_in_a_list_only(self):
        self.assertIn("std::vector<Thing> parts", generate_aws.header(model()))
        direct = self.refused(lambda: model(lambda m: m["shapes"]["Thing"]["members"].update(Parts={"shape": "Thing"})))
        self.assertIn("Thing contains itself", direct)

    def test_what_is_required_is_held_plainly_and_what_is_not_in_an_optional(self):
        text = generate_aws.header(model())
        self.assertIn("  std::string name{};  // required", text)
        self.assertIn("  std::optional<std::int64_t> size{};", text)
        self.assertIn("  Thing thing{};  // required", generate_aws.header(model(operations="!required x GetThingOutput.Thing\nx GetThing")))

    def test_secrets_follow_the_list_of_operations(self):
        by_member = model(operations="!secret x GetThingOutput.Token\nx GetThing")
        self.assertIn("std::optional<base::Secret> token", generate_aws.header(by_member))
        self.assertIn("  std::string name{};", generate_aws.header(by_member))
        source = generate_aws.Tables(by_member).source()
        self.assertIn('constinit const Shape kShape_Name_secret = {.kind = Kind::kSecret', source)
        sensitive = lambda m: m["shapes"]["Name"].update(sensitive=True)
        self.assertIn("base::Secret name", generate_aws.header(model(sensitive)))
        self.assertIn("std::string name", generate_aws.header(model(sensitive, "!plain x Name\nx GetThing")))

    def test_a_correction_that_matches_nothing_is_an_error(self):
        self.assertIn("match nothing", self.refused(lambda: model(operations="!required x GetThingOutput.Thang\nx GetThing")))

    def test_what_an_operation_checks_itself_is_not_in_the_table(self):
        enum = lambda m: m["shapes"]["Name"].update(enum=["a", "b"])
        self.assertIn(".values = kValues_Name", generate_aws.Tables(model(enum)).source())
        self.assertIn(".max = 5", generate_aws.Tables(model()).source())
        source = generate_aws.Tables(model(enum, "!unchecked x Name\nx GetThing")).source()
        self.assertNotIn("kValues_Name", source)
        self.assertNotIn(".max = 5", source)

    def test_rest_is_a_post_to_a_path_with_everything_in_the_body(self):
        def rest(change=lambda operation, m: None):
            def apply(m):
                m["metadata"]["protocol"] = "rest-json"
                m["operations"]["GetThing"]["http"] = {"method": "POST", "requestUri": "/getThing"}
                change(m["operations"]["GetThing"], m)
            return model(apply)

        self.assertIn('.path = "/getThing"', generate_aws.Tables(rest()).source())
        self.assertNotIn(".path", generate_aws.Tables(model()).source())
        for change in (lambda operation, m: operation["http"].update(method="GET"),
                       lambda operation, m: operation["http"].update(requestUri="/{Name}"),
                       lambda operation, m: m["shapes"]["GetThingRequest"]["members"]["Name"].update(location="header")):
            self.assertIn("not a plain POST", self.refused(lambda change=change: rest(change)))

    def test_two_things_of_one_name_are_an_error(self):
        def clash(m):
            m["shapes"]["getThing"] = m["shapes"].pop("Thing")
            for user in (m["shapes"]["GetThingResponse"]["members"]["Thing"], m["shapes"]["Things"]["member"]):
                user["shape"] = "getThing"

        self.assertIn("['GetThing']", self.refused(lambda: model(clash)))

    def test_texts_of_the_model_cannot_break_out_of_their_literal(self):
        self.assertIn(r'.pattern = R"~(a"b\\)~"', generate_aws.Tables(model()).source())
        self.assertEqual(generate_aws.quote("plain"), '"plain"')
        self.refused(lambda: model(lambda m: m["shapes"]["Name"].update(pattern=')~"; evil')))

    def test_the_output_is_the_same_every_time(self):
        operations = (ROOT / "src/aws/operations.txt").read_text()
        for path in sorted((ROOT / "src/aws/models").glob("*.json")):
            texts = set()
            for _ in range(2):
                made = generate_aws.Model(path.stem, json.loads(path.read_text()), operations)
                texts.add(generate_aws.header(made) + generate_aws.Tables(made).source())
            self.assertEqual(len(texts), 1)

    def test_no_struct_has_more_members_than_the_reader_counts(self):
        limit = int(re.search(r"kMaxFields = (\d+)", (ROOT / "src/aws/internal/xml.cc").read_text()).group(1))
        for path in (ROOT / "src/aws/models").glob("*.json"):
            for name, shape in json.loads(path.read_text())["shapes"].items():
                self.assertLessEqual(len(shape.get("members", {})), limit, name)


if __name__ == "__main__":
    unittest.main()
