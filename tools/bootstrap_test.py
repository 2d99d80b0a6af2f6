#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bootstrap.sh on machines that are pretended: programs of the system are replaced by stubs that write down their calls."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = [line.split() for line in (ROOT / "tools" / "packages.txt").read_text().splitlines() if line and not line.startswith("#")]
ALWAYS = [row[1] for row in PACKAGES if row[0] == "build" and len(row) == 3]


class BootstrapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.stubs = self.folder / "bin"
        self.stubs.mkdir()
        self.calls = self.folder / "calls"
        self.calls.write_text("")
        # Only what the script needs of the real system, so that compilers count as missing or there as a test wants.
        for name in ("bash", "sed", "sort", "comm", "dirname", "env", "mkdir", "cat"):
            (self.stubs / name).symlink_to(f"/usr/bin/{name}")

    def stub(self, name, body):
        path = self.stubs / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>{self.calls}\n{body}\n')
        path.chmod(0o755)

    def installed(self, names):
        lines = "".join(f"{name} installed\n" for name in names)
        self.stub("dpkg-query", f"cat <<'END'\n{lines}half-configured-thing unpacked\nEND\nexit 1")

    def run_it(self, scope="build"):
        done = subprocess.run(["/bin/bash", str(ROOT / "tools" / "bootstrap.sh"), scope], env={"PATH": str(self.stubs), "HOME": os.devnull},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.called = [line for line in self.calls.read_text().splitlines() if line.startswith(("apt-get", "sudo"))]
        return done

    def test_nothing_happens_when_all_is_there(self):
        self.installed([row[1] for row in PACKAGES])
        done = self.run_it()
        self.assertEqual((done.returncode, done.stdout, done.stderr, self.called), (0, "", "", []))

    def test_without_rights_the_exact_command_is_printed(self):
        self.installed([row[1] for row in PACKAGES if row[1] != "libfmt-dev"])
        self.stub("id", "echo 1000")
        self.stub("sudo", "exit 1")
        self.stub("apt-get", "")
        done = self.run_it()
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get update && sudo apt-get install -y --no-install-recommends libfmt-dev\n", done.stderr)
        self.assertEqual(self.called, ["sudo -n true"])

    def test_root_installs_exactly_what_is_missing(self):
        self.installed([row[1] for row in PACKAGES if row[1] not in ("libfmt-dev", "libgtest-dev")])
        self.stub("id", "echo 0")
        self.stub("apt-get", "")
        self.assertEqual(self.run_it().returncode, 0)
        self.assertTrue(self.called[-1].endswith("install -y --no-install-recommends libfmt-dev libgtest-dev"), self.called)

    def test_sudo_is_used_when_it_asks_nothing(self):
        self.installed([row[1] for row in PACKAGES if row[1] != "libfmt-dev"])
        self.stub("id", "echo 1000")
        self.stub("apt-get", "")
        self.stub("sudo", '[[ "$2" == true ]] && exit 0\nshift\nexec "$@"')
        self.assertEqual(self.run_it().returncode, 0)
        self.assertTrue(any(call.startswith("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get") for call in self.called), self.called)

    def test_old_package_lists_are_renewed_once(self):
        self.installed([row[1] for row in PACKAGES if row[1] != "libfmt-dev"])
        self.stub("id", "echo 0")
        self.stub("apt-get", f'grep -q " update" {self.calls} || exit 100')
        (self.stubs / "grep").symlink_to("/usr/bin/grep")
        self.assertEqual(self.run_it().returncode, 0)
        updates = [call for call in self.called if call.endswith(" update")]
        self.assertEqual(len(updates), 1)
        self.assertTrue(self.called[-1].endswith("libfmt-dev"))

    def test_a_command_that_is_there_makes_its_package_unnecessary(self):
        self.installed(ALWAYS)
        for row in PACKAGES:
            if row[0] == "build" and len(row) == 4:
                self.stub(row[3], "")
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(self.called, [])

    def test_an_unknown_set_is_wrong_usage(self):
        self.assertEqual(self.run_it("everything").returncode, 2)


if __name__ == "__main__":
    unittest.main()
