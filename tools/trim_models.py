#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes src/aws/models/*.json from an installed botocore: only the operations in src/aws/operations.txt, only the
shapes they reach, no documentation. Run it after editing that list; the output is committed. Makes also
src/model/regions.inc and src/aws/internal/unicode_ranges.inc, which the same code needs.

    python3 tools/trim_models.py [--check]
"""

import argparse
import gzip
import json
import pathlib
import sys
import textwrap
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
METADATA = ("apiVersion", "endpointPrefix", "jsonVersion", "protocol", "serviceAbbreviation", "serviceFullName",
            "serviceId", "signatureVersion", "signingName", "targetPrefix", "uid", "xmlNamespace")
OPERATION = ("name", "http", "input", "output", "errors", "authtype", "idempotent")
SHAPE = ("type", "members", "member", "key", "value", "required", "min", "max", "pattern", "enum", "error", "exception",
         "fault", "sensitive", "timestampFormat", "flattened", "box", "document", "union")
REFERENCE = ("shape", "location", "locationName", "resultWrapper", "idempotencyToken", "timestampFormat", "flattened",
             "box")


def read_operations(path=ROOT / "src/aws/operations.txt"):
    """{service: [(operation, {marks})]} in the order of the file; lines with `!` are the generator's business."""
    services = {}
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words and not words[0].startswith("!"):
            services.setdefault(words[0], []).append((words[1], set(words[2:])))
    return services


# Services that botocore calls otherwise than their actions and signatures.
FOLDERS = {"sso": "sso-admin"}


def load(service):
    import botocore

    data = pathlib.Path(botocore.__file__).parent / "data" / FOLDERS.get(service, service)
    newest = sorted(d for d in data.iterdir() if d.is_dir())[-1]
    with gzip.open(newest / "service-2.json.gz") as file:
        return json.load(file), botocore.__version__


def pick(source, names):
    return {name: source[name] for name in names if name in source}


def trim_shape(shape):
    trimmed = pick(shape, SHAPE)
    for name in ("member", "key", "value"):
        if name in trimmed:
            trimmed[name] = pick(trimmed[name], REFERENCE)
    if "members" in trimmed:
        trimmed["members"] = {name: pick(member, REFERENCE) for name, member in trimmed["members"].items()}
    return trimmed


def references(shape):
    for name in ("member", "key", "value"):
        if name in shape:
            yield shape[name]["shape"]
    for member in shape.get("members", {}).values():
        yield member["shape"]


def trim(service, operations):
    model, version = load(service)
    kept, todo, shapes = {}, [], {}
    for name, _ in sorted(operations):
        if name not in model["operations"]:
            sys.exit(f"{service} has no operation {name}")
        operation = pick(model["operations"][name], OPERATION)
        for part in ("input", "output"):
            if part in operation:
                operation[part] = pick(operation[part], REFERENCE)
                todo.append(operation[part]["shape"])
        operation["errors"] = [{"shape": error["shape"]} for error in operation.get("errors", [])]
        todo += [error["shape"] for error in operation["errors"]]
        kept[name] = operation
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = trim_shape(model["shapes"][name])
            todo += references(shapes[name])
    return {"source": f"botocore {version}, trimmed by tools/trim_models.py", "metadata": pick(model["metadata"], METADATA),
            "operations": kept, "shapes": dict(sorted(shapes.items()))}


def regions():
    """The regions of each partition, in the order of model::Partition."""
    import botocore

    data = pathlib.Path(botocore.__file__).parent / "data"
    partitions = {p["id"]: p for p in json.loads((data / "partitions.json").read_text())["partitions"]}
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             "// Regions by partition, from AWS's published endpoint data; one row a partition, in the order of `Partition`."]
    for name in ("aws", "aws-us-gov", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"):
        names = sorted(region for region in partitions[name]["regions"] if not region.endswith("-global"))
        lines.append("constexpr std::string_view k" + "".join(part.title() for part in name.split("-")) + "Regions[] = {")
        rows = textwrap.wrap(", ".join(f'"{region}"' for region in names) + "};", 115, break_on_hyphens=False)
        lines += ["    " + row for row in rows]
    return "\n".join(lines) + "\n"


def unicode_ranges():
    """Ranges of the general categories that patterns of the models name."""
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             f"// General categories of Unicode {unicodedata.unidata_version}; made by tools/trim_models.py."]
    for name, category in (("kLetters", "L"), ("kNumbers", "N"), ("kSeparators", "Z"), ("kMarks", "M"), ("kSymbols", "S"), ("kPunctuation", "P")):
        ranges = []
        for point in range(0x110000):
            if unicodedata.category(chr(point))[0] == category:
                if ranges and ranges[-1][1] == point - 1:
                    ranges[-1][1] = point
                else:
                    ranges.append([point, point])
        text = ", ".join(f"{{{first:#x},{last:#x}}}" for first, last in ranges)
        lines.append(f"constexpr Range {name}[] = {{")
        lines += ["    " + row for row in textwrap.wrap(text + "};", 115)]
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check = arguments.parse_args().check
    wanted = {ROOT / f"src/aws/models/{service}.json": json.dumps(trim(service, operations), indent=1) + "\n"
              for service, operations in read_operations().items()}
    wanted[ROOT / "src/model/regions.inc"] = regions()
    wanted[ROOT / "src/aws/internal/unicode_ranges.inc"] = unicode_ranges()
    stale = []
    for path, text in wanted.items():
        if not path.exists() or path.read_text() != text:
            stale.append(path.name)
            if not check:
                path.write_text(text)
    if stale:
        print(("stale: " if check else "written: ") + " ".join(stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
