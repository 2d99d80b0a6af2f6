#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns text files into a C++ source and its header, so that the executable carries them.

    embed.py --name migrations --namespace store --output DIR FILE...

writes DIR/<name>.h and DIR/<name>.cc with `std::span<const EmbeddedFile> <Name>()`, sorted by file name.
"""
import argparse
import pathlib

HEADER = """// SPDX-License-Identifier: Apache-2.0
// Made by tools/embed.py.
#pragma once

#include <span>

#include "base/embedded_file.h"

namespace crossrole::{namespace} {{

/// The embedded files, sorted by name.
std::span<const base::EmbeddedFile> {function}();

}}  // namespace crossrole::{namespace}
"""

SOURCE = """// SPDX-License-Identifier: Apache-2.0
// Made by tools/embed.py.
#include "{include}"

#include <array>

namespace crossrole::{namespace} {{

std::span<const base::EmbeddedFile> {function}() {{
  static constexpr std::array<base::EmbeddedFile, {count}> kFiles = {{{{
{entries}
  }}}};
  return kFiles;
}}

}}  // namespace crossrole::{namespace}
"""


def literal(data: bytes) -> str:
    """Adjacent string literals with every byte that is not plain ASCII as an octal escape."""
    lines = []
    for line in data.splitlines(keepends=True) or [b""]:
        text = ""
        for byte in line:
            char = chr(byte)
            if char in '"\\':
                text += "\\" + char
            elif char == "\n":
                text += "\\n"
            elif 32 <= byte < 127 and char != "?":
                text += char
            else:
                text += f"\\{byte:03o}"
        lines.append(f'     "{text}"')
    return "\n".join(lines).lstrip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    files = sorted(arguments.files, key=lambda path: path.name)
    function = "".join(part.capitalize() for part in arguments.name.split("_"))
    entries = ",\n".join(f'    {{"{path.name}",\n     std::string_view({literal(path.read_bytes())}, {path.stat().st_size})}}'
                         for path in files)
    arguments.output.mkdir(parents=True, exist_ok=True)
    facts = {"namespace": arguments.namespace, "function": function, "count": len(files), "entries": entries,
             "include": f"{arguments.namespace}/{arguments.name}.h"}
    (arguments.output / f"{arguments.name}.h").write_text(HEADER.format(**facts))
    (arguments.output / f"{arguments.name}.cc").write_text(SOURCE.format(**facts))


if __name__ == "__main__":
    main()
