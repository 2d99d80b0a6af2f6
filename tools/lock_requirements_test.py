#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lock files: what is written, and that the ones in the repository are complete and name no host."""

import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lock_requirements  # noqa: E402

TESTS = lock_requirements.ROOT / "tests"


class LockTest(unittest.TestCase):
    def test_names_versions_and_hashes_are_taken_and_addresses_are_not(self):
        item = {"metadata": {"name": "Ruamel.Yaml_x", "version": "1.0"},
                "download_info": {"url": "https://index.example/x.whl", "archive_info": {"hashes": {"sha256": "ab"}}}}
        packages = lock_requirements.parse_report({"install": [item]})
        self.assertEqual(packages, {"ruamel-yaml-x": ("1.0", {"ab"})})
        packages["a"] = ("2", {"cd", "bb"})
        text = lock_requirements.render(packages)
        self.assertEqual(text.removeprefix(lock_requirements.HEADER),
                         "a==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cd\nruamel-yaml-x==1.0 \\\n    --hash=sha256:ab\n")

    def test_each_wanted_tool_is_locked(self):
        wanted = [line for line in (TESTS / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
        locked = dict(re.findall(r"^([\w.-]+)==(\S+)", (TESTS / "requirements.txt").read_text(), re.M))
        for line in wanted:
            name, exact = re.match(r"([\w.-]+)(?:\[\w+\])?(?:==(\S+))?", line).groups()
            self.assertIn(name, locked)
            if exact:
                self.assertEqual(locked[name], exact)

    def test_every_locked_package_has_a_hash(self):
        entries = re.split(r"^(?=[\w.-]+==)", (TESTS / "requirements.txt").read_text(), flags=re.M)[1:]
        for entry in entries:
            self.assertIn("--hash=sha256:", entry)

    def test_no_lock_file_names_a_host(self):
        self.assertNotIn("://", (TESTS / "requirements.txt").read_text())
        lock = json.loads((TESTS / "conformance" / "javascript" / "package-lock.json").read_text())
        for path, entry in lock["packages"].items():
            self.assertNotIn("resolved", entry, path)
            self.assertTrue(path == "" or entry["integrity"].startswith("sha512-"), path)


if __name__ == "__main__":
    unittest.main()
