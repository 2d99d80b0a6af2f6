#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bill of materials: what is read from each source, and the document made of it."""

import base64
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import sbom  # noqa: E402


class SbomTest(unittest.TestCase):
    def test_linked_libraries_are_read(self):
        section = " 0x01 (NEEDED)  Shared library: [libssl.so.3]\n 0x0e (SONAME) Library soname: [x]\n 0x01 (NEEDED)  Shared library: [libc.so.6]\n"
        self.assertEqual(sbom.parse_needed(section), ["libssl.so.3", "libc.so.6"])
        ldd = "\tlinux-vdso.so.1 (0x1)\n\tlibssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x2)\n"
        self.assertEqual(sbom.parse_ldd(ldd), {"libssl.so.3": "/lib/x86_64-linux-gnu/libssl.so.3"})

    def test_headers_that_are_compiled_in_are_named(self):
        text = "# a comment\nbuild libfmt-dev library\nbuild libcli11-dev headers\n"
        self.assertEqual(sbom.header_packages(text), ["libcli11-dev"])

    def test_every_locked_python_package_is_listed_with_its_hashes(self):
        text = (sbom.ROOT / "tests" / "requirements.txt").read_text()
        entries = sbom.parse_requirements(text)
        self.assertEqual(len(entries), text.count("=="))
        self.assertEqual(sum(len(hashes) for _, _, hashes in entries), text.count("--hash="))
        self.assertIn(("boto3", "1.43.11"), [entry[:2] for entry in entries])

    def test_every_locked_javascript_package_is_listed(self):
        digest = base64.b64encode(b"\x01\x02").decode()
        lock = {"packages": {"": {"name": "x"}, "node_modules/a/node_modules/@b/c": {"version": "1.2.3", "integrity": "sha512-" + digest, "license": "MIT"}}}
        self.assertEqual(sbom.parse_npm_lock(lock), [("@b/c", "1.2.3", "0102", "MIT")])

    def test_the_document_relates_every_package_to_the_program(self):
        with tempfile.NamedTemporaryFile() as executable:
            executable.write(b"program")
            executable.flush()
            entries = [
                (sbom.package("deb", "libssl3", "3.0+1", "pkg:deb/debian/libssl3@3.0"), "DYNAMIC_LINK"),
                (sbom.package("pypi", "pytest", "9", "pkg:pypi/pytest@9"), "TEST_DEPENDENCY_OF"),
            ]
            made = sbom.document(executable.name, "0.1.0", "2026-01-01T00:00:00Z", entries)
            again = sbom.document(executable.name, "0.1.0", "2026-01-01T00:00:00Z", entries)
        self.assertEqual(made, again)
        json.dumps(made)
        rows = {(row["spdxElementId"], row["relationshipType"], row["relatedSpdxElement"]) for row in made["relationships"]}
        self.assertEqual(
            rows,
            {
                ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-crossrole"),
                ("SPDXRef-crossrole", "DYNAMIC_LINK", "SPDXRef-deb-libssl3-3.0-1"),
                ("SPDXRef-pypi-pytest-9", "TEST_DEPENDENCY_OF", "SPDXRef-crossrole"),
            },
        )
        ids = [entry["SPDXID"] for entry in made["packages"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_the_version_is_that_of_the_build(self):
        self.assertEqual(sbom.project_version("project(crossrole VERSION 1.2.3 LANGUAGES CXX)"), "1.2.3")
        self.assertRegex(sbom.project_version((sbom.ROOT / "CMakeLists.txt").read_text()), r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main()
