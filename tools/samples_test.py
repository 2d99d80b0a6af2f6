#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The samples say what the program knows: deploy/crossrole.toml names every configuration key with its default."""

import pathlib
import re
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def keys_in_the_program():
    """{key: default} of the table in src/app/configuration.cc."""
    text = (ROOT / "src" / "app" / "configuration.cc").read_text()
    return dict(re.findall(r'^\s*\{"([a-z0-9_.-]+)",\s*KeyKind::\w+,\s*"([^"]*)"', text, re.M))


def flatten(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value).lower() if isinstance(value, bool) else str(value)


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "deploy" / "crossrole.toml").read_text()
        self.known = keys_in_the_program()

    def test_there_are_keys(self):
        self.assertIn("server.listen", self.known)

    def test_what_is_set_is_the_default(self):
        for key, value in flatten(tomllib.loads(self.text)):
            self.assertEqual(self.known.get(key), value, key)

    def test_every_key_is_named_and_no_other(self):
        # With the samples that are commented out switched on.
        switched_on = re.sub(r"^#(\[[^\]]+\]|[a-z0-9_]+ = )", r"\1", self.text, flags=re.M)
        named = {key for key, _ in flatten(tomllib.loads(switched_on))}
        self.assertEqual(named, set(self.known))


if __name__ == "__main__":
    unittest.main()
