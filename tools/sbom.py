#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the bill of materials as SPDX 2.3 JSON.

    tools/sbom.py --executable build/crossrole --output build/sbom.spdx.json

Facts come from the machine that built: the shared libraries that the executable names, and the Debian packages they are
from; the packages whose headers are compiled in (tools/packages.txt); and, marked as test dependencies, the lock files
for PyPI and npm. The same inputs give the same file.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = "SPDXRef-crossrole"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


def project_version(cmake_text):
    """The version in CMakeLists.txt."""
    return re.search(r"project\(\w+ VERSION ([\d.]+)", cmake_text).group(1)


def created(executable):
    """SOURCE_DATE_EPOCH, else the time of the last commit, else (outside a repository) that of the executable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch and (ROOT / ".git").exists():
        epoch = run("git", "-C", str(ROOT), "log", "-1", "--format=%ct").strip()
    if not epoch:
        epoch = os.stat(executable).st_mtime
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch)))


def parse_needed(dynamic_section):
    """The names of shared libraries from `readelf -d`."""
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", dynamic_section)


def parse_ldd(text):
    """{library name: path} from `ldd`."""
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", text, re.M))


def owner_of(path):
    """The Debian package that a file is from. Links (/lib → /usr/lib) are tried both ways."""
    real = os.path.realpath(path)
    for candidate in (path, real, real.removeprefix("/usr"), "/usr" + path):
        found = subprocess.run(["dpkg-query", "-S", candidate], capture_output=True, text=True, check=False).stdout
        if found:
            return found.split(":")[0]
    raise SystemExit(f"sbom: no Debian package owns {path}")


def debian_packages(names):
    """[(name, version, source, homepage)] of installed packages."""
    text = run("dpkg-query", "-W", "-f", r"${Package}\t${Version}\t${source:Package}\t${Homepage}\n", *sorted(names))
    return [tuple(line.split("\t")) for line in text.splitlines()]


def header_packages(text):
    """The packages of tools/packages.txt whose headers end up in the executable."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [row[1] for row in rows if row[2] == "headers"]


def parse_requirements(text):
    """[(name, version, [sha256])] of a pip lock file."""
    entries = re.findall(r"^([\w.-]+)==(\S+)((?:\s*\\\n\s*--hash=sha256:[0-9a-f]+)*)", text, re.M)
    return [(name, version, re.findall(r"sha256:([0-9a-f]+)", hashes)) for name, version, hashes in entries]


def parse_npm_lock(lock):
    """[(name, version, sha512 as hex, licence)] of a package-lock.json."""
    found = []
    for path, entry in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
            found.append((name, entry["version"], digest, entry.get("license")))
    return found


def reference(kind, name, version):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{kind}-{name}-{version}")


def package(kind, name, version, purl, **more):
    return {
        "SPDXID": reference(kind, name, version),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
        **more,
    }


def debian_entries(executable):
    """(package, relationship) of what is linked or compiled in."""
    needed = parse_needed(run("readelf", "-d", str(executable)))
    paths = parse_ldd(run("ldd", str(executable)))
    linked = {owner_of(paths[name]) for name in needed if name in paths}
    headers = set(header_packages((ROOT / "tools" / "packages.txt").read_text()))
    for name, version, source, homepage in debian_packages(linked | headers):
        purl = f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?distro=debian-12"
        more = {"homepage": homepage} if homepage else {}
        entry = package("deb", name, version, purl, sourceInfo=f"Debian source package {source}", **more)
        yield entry, "DYNAMIC_LINK" if name in linked else "STATIC_LINK"


def test_entries():
    """(package, relationship) of what tests use and nobody ships."""
    for name, version, hashes in parse_requirements((ROOT / "tests" / "requirements.txt").read_text()):
        sums = [{"algorithm": "SHA256", "checksumValue": value} for value in hashes]
        yield package("pypi", name, version, f"pkg:pypi/{name}@{version}", checksums=sums), "TEST_DEPENDENCY_OF"
    lock = json.loads((ROOT / "tests" / "conformance" / "javascript" / "package-lock.json").read_text())
    for name, version, digest, licence in parse_npm_lock(lock):
        purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
        sums = [{"algorithm": "SHA512", "checksumValue": digest}]
        yield package("npm", name, version, purl, checksums=sums, licenseDeclared=licence or "NOASSERTION"), "TEST_DEPENDENCY_OF"


def document(executable, version, created_at, entries):
    """The SPDX document."""
    digest = hashlib.sha256(pathlib.Path(executable).read_bytes()).hexdigest()
    purl = f"pkg:generic/crossrole@{version}"
    project = package("crossrole", "crossrole", version, purl, SPDXID=PROJECT, licenseDeclared="Apache-2.0",
                      primaryPackagePurpose="APPLICATION", checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    relationships = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": PROJECT}]
    packages = {}
    for entry, relationship in entries:
        packages[entry["SPDXID"]] = entry
        ends = (PROJECT, entry["SPDXID"]) if relationship.endswith("LINK") else (entry["SPDXID"], PROJECT)
        row = {"spdxElementId": ends[0], "relationshipType": relationship, "relatedSpdxElement": ends[1]}
        if row not in relationships:
            relationships.append(row)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"crossrole-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/crossrole-{version}-{digest[:32]}",
        "creationInfo": {"created": created_at, "creators": ["Tool: tools/sbom.py", "Organization: The Crossrole authors"]},
        "packages": [project, *packages.values()],
        "relationships": relationships,
    }


def main():
    parser = argparse.ArgumentParser(description="writes the bill of materials as SPDX 2.3 JSON")
    parser.add_argument("--executable", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    version = project_version((ROOT / "CMakeLists.txt").read_text())
    made = document(arguments.executable, version, created(arguments.executable), [*debian_entries(arguments.executable), *test_entries()])
    arguments.output.write_text(json.dumps(made, indent=2) + "\n")
    print(f"{arguments.output}: {len(made['packages'])} packages")


if __name__ == "__main__":
    sys.exit(main())
