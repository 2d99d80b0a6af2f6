#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes src/aws/models/*.json from an installed botocore: only the operations in src/aws/operations.txt, only the
shapes they reach, no documentation. Run it after editing that list; the output is committed.

    python3 tools/trim_models.py [--check]
"""

import argparse
import gzip
import json
import pathlib
import sys

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


def load(service):
    import botocore

    data = pathlib.Path(botocore.__file__).parent / "data" / service
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


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check = arguments.parse_args().check
    stale = []
    for service, operations in read_operations().items():
        path = ROOT / f"src/aws/models/{service}.json"
        text = json.dumps(trim(service, operations), indent=1, ensure_ascii=True) + "\n"
        if not path.exists() or path.read_text() != text:
            stale.append(path.name)
            if not check:
                path.write_text(text)
    if stale:
        print(("stale: " if check else "written: ") + " ".join(stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
