#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Resolves tests/requirements.in into tests/requirements.txt: exact versions with the hashes of their wheels.

Uses pip's own resolver (`pip install --dry-run --report`), once per machine type, and writes names, versions and
hashes only: where they came from is the business of whoever installs them.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON_VERSION = "3.11"
MACHINES = ("x86_64", "aarch64")
# Debian 12 has glibc 2.36.
GLIBC_MINOR = range(36, 16, -1)
HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Made by tools/lock_requirements.py from requirements.in; not to be edited. CPython 3.11 on Linux (x86_64, aarch64).
"""


def platform_arguments(machine):
    """pip's options for wheels that run on Debian 12 on `machine`."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINOR] + [f"manylinux2014_{machine}"]
    if machine == "x86_64":
        platforms += [f"manylinux_2_12_{machine}", f"manylinux2010_{machine}", f"manylinux_2_5_{machine}", f"manylinux1_{machine}"]
    return [word for platform in platforms for word in ("--platform", platform)]


def resolve(machine, arguments):
    """The packages that pip would install: {name: (version, {sha256, …})}."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-input"]
        command += ["--target", folder, "--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON_VERSION]
        command += [*platform_arguments(machine), "--report", str(report), *arguments]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return parse_report(json.loads(report.read_text()))


def parse_report(report):
    """Names, versions and hashes from pip's installation report."""
    packages = {}
    for item in report["install"]:
        name = re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower()
        sha256 = item["download_info"]["archive_info"]["hashes"]["sha256"]
        packages[name] = (item["metadata"]["version"], {sha256})
    return packages


def render(packages):
    """The lock file's text."""
    lines = [HEADER]
    for name, (version, hashes) in sorted(packages.items()):
        listed = "".join(f" \\\n    --hash=sha256:{value}" for value in sorted(hashes))
        lines.append(f"{name}=={version}{listed}\n")
    return "".join(lines)


def main():
    source = ROOT / "tests" / "requirements.in"
    packages = resolve(MACHINES[0], ["-r", str(source)])
    pinned = [f"{name}=={version}" for name, (version, _) in sorted(packages.items())]
    for machine in MACHINES[1:]:
        for name, (version, hashes) in resolve(machine, ["--no-deps", *pinned]).items():
            assert packages[name][0] == version, name
            packages[name][1].update(hashes)
    (ROOT / "tests" / "requirements.txt").write_text(render(packages))
    print(f"{len(packages)} packages locked in tests/requirements.txt")


if __name__ == "__main__":
    main()
