#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the repository that no compiler checks: layering, sizes, names, comments, homes of foreign libraries.

    tools/tidy.py [--root DIR] [--update-reveal]

Prints one line for each violation (`file:line: rule: what`) and exits 1 when there is any. The ladder is read from
ARCHITECTURE.md. The rules and their reasons: CONTRIBUTING.md. C++ is read by tools/cxx_outline.py, by its braces;
where a rule and good code disagree, the rule is changed here, with a test in tools/tidy_test.py.
"""

import argparse
import collections
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cxx_outline  # noqa: E402

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES, PARAMETERS, FOLDER_FILES = 600, 900, 70, 6, 40
SKIPPED_FOLDERS = {"build", "node_modules", "golden", "corpus", "models"}
SOURCE_SUFFIXES = {".h", ".cc", ".py", ".sh", ".cmake", ".sql", ".js", ".mjs", ".ts", ".tsx", ".service", ".toml"}
SOURCE_NAMES = {"CMakeLists.txt", "Makefile", "Dockerfile", "run"}
FORBIDDEN_NAMES = {"util", "utils", "common", "misc", "helper", "helpers"}
FORBIDDEN_CLASS = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Impl|Base|Wrapper)$")
# Foreign header → the folders that may include it, and then only from a .cc file or from internal/.
FOREIGN_HOMES = [
    (re.compile(r"sqlite3(ext)?\.h$"), {"store"}),
    (re.compile(r"libpq-fe\.h$"), {"store"}),
    (re.compile(r"curl/"), {"aws"}),
    (re.compile(r"simdjson\.h$"), {"aws"}),
    (re.compile(r"boost/(beast|asio)\b"), {"http"}),
    (re.compile(r"CLI/"), {"cli", "app"}),
    (re.compile(r"toml\+\+/"), {"app"}),
]
REVEAL_LIST = "tools/reveal_callers.txt"
REVEAL_HEADER = """\
# Where a Secret is read: file, number of calls. A new place is reviewed, then listed by `tools/tidy.py --update-reveal`.
"""

Violation = collections.namedtuple("Violation", "path line rule text")


class Source:
    """One text file of the repository."""

    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.name = path.name
        self.text = path.read_text(encoding="utf-8")
        self.parts = self.path.split("/")
        self.is_cxx = path.suffix in (".h", ".cc")
        self.is_header = path.suffix == ".h"
        self.is_test = self.name.endswith(("_test.cc", "_test.py")) or self.parts[0] in ("tests", "bench")
        # The folder of the ladder, for what is below src/.
        self.folder = self.parts[1] if self.parts[0] == "src" and len(self.parts) > 2 else None
        self._outline = None

    @property
    def outline(self):
        if self._outline is None:
            self._outline = cxx_outline.Outline(self.text)
        return self._outline

    def find(self, pattern, rule, what, code=True):
        """A violation for each match, in the code (without comments and strings) or in the whole text."""
        text = self.outline.code if code and self.is_cxx else self.text
        for match in re.finditer(pattern, text):
            yield Violation(self.path, text.count("\n", 0, match.start()) + 1, rule, what)


def read_sources(root):
    sources = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if any(part in SKIPPED_FOLDERS or (part.startswith(".") and part != ".ci") for part in parts):
            continue
        if path.is_file() and (path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES):
            sources.append(Source(root, path))
    return sources


def read_ladder(root):
    """The folders of src/ from the code block of ARCHITECTURE.md that begins with `src/`, top first."""
    architecture = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```\w*\n(.*?)^```", architecture, re.S | re.M):
        if block.startswith("src/"):
            return re.findall(r"^[\s│├└─]+([a-z_]+)/", block, re.M)
    raise SystemExit("tidy: ARCHITECTURE.md has no code block that begins with `src/`")


def includes_of(source):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', source.text, re.M):
        yield source.text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def check_ladder(root, sources, ladder):
    rank = {folder: index for index, folder in enumerate(ladder)}
    edges = collections.defaultdict(dict)
    for folder in sorted({source.folder for source in sources if source.folder} - rank.keys()):
        yield Violation(f"src/{folder}", 1, "ladder", f"`{folder}` is not on the ladder of ARCHITECTURE.md")
    for source in sources:
        if not source.is_cxx or source.folder not in rank:
            continue
        for line, quote, path in includes_of(source):
            other = path.split("/")[0]
            if quote != '"' or "/" not in path or other == source.folder or (source.is_test and other in ("fakes", "golden", "scenario")):
                continue
            if other not in rank:
                yield Violation(source.path, line, "ladder", f"`{path}` belongs to no folder of the ladder")
                continue
            edges[source.folder].setdefault(other, f"{source.path}:{line}")
            if rank[other] < rank[source.folder]:
                yield Violation(source.path, line, "ladder", f"`{source.folder}` is below `{other}` and may not include it")
            if path.split("/")[1] == "internal":
                yield Violation(source.path, line, "ladder", f"`{path}` is internal to `{other}`")
    yield from check_cycles(edges)
    yield from check_build_order(root, ladder)


def check_cycles(edges):
    reported = set()

    def walk(folder, trail):
        if folder in trail:
            cycle = trail[trail.index(folder):]
            if frozenset(cycle) not in reported:
                reported.add(frozenset(cycle))
                place, _, line = edges[cycle[-1]][folder].rpartition(":")
                yield Violation(place, int(line), "cycle", " → ".join([*cycle, folder]))
            return
        for other in edges.get(folder, {}):
            yield from walk(other, [*trail, folder])

    for folder in sorted(edges):
        yield from walk(folder, [])


def check_build_order(root, ladder):
    """src/CMakeLists.txt lists the same folders, bottom first."""
    path = root / "src" / "CMakeLists.txt"
    if not path.exists():
        return
    built = re.findall(r"^crossrole_folder\((\w+)", path.read_text(encoding="utf-8"), re.M)
    expected = [folder for folder in reversed(ladder) if folder in built]
    if built != expected:
        yield Violation("src/CMakeLists.txt", 1, "ladder", f"the folders are not in the order of the ladder, bottom first: {' '.join(expected)}")


def check_sizes(sources):
    folders = collections.Counter()
    for source in sources:
        folders["/".join(source.parts[:-1])] += 1
        lines = source.text.count("\n")
        limit = TEST_FILE_LINES if source.is_test else FILE_LINES
        if lines > limit:
            yield Violation(source.path, 1, "file-length", f"{lines} lines, at most {limit}")
        if not source.is_cxx:
            continue
        for function in source.outline.functions:
            if function.lines > FUNCTION_LINES:
                yield Violation(source.path, function.line, "function-length",
                                f"`{function.name}` has {function.lines} lines, at most {FUNCTION_LINES}")
        for item in source.outline.functions + source.outline.declarations:
            if item.kind == "function" and item.parameters > PARAMETERS:
                yield Violation(source.path, item.line, "parameters",
                                f"`{item.name}` has {item.parameters} parameters, at most {PARAMETERS}: use a struct")
    for folder, count in sorted(folders.items()):
        if count > FOLDER_FILES and folder.startswith("src/"):
            yield Violation(folder, 1, "folder-size", f"{count} files, at most {FOLDER_FILES}")


def check_comments(sources):
    for source in sources:
        if not source.is_header or source.folder is None or len(source.parts) != 3:
            continue
        for item in source.outline.undocumented():
            yield Violation(source.path, item.line, "comment", f"`{item.name}` is public and has no `///` comment")


def check_names(sources):
    for source in sources:
        for part in [*source.parts[:-1], pathlib.PurePath(source.name).stem]:
            if part in FORBIDDEN_NAMES:
                yield Violation(source.path, 1, "name", f"`{part}` says nothing about what is in it")
        if source.is_cxx:
            for item in source.outline.classes:
                if FORBIDDEN_CLASS.search(item.name):
                    yield Violation(source.path, item.line, "name", f"`{item.name}`: name it for what it is or does")


def check_homes(sources):
    for source in sources:
        if not source.is_cxx or source.folder is None:
            continue
        for line, _, path in includes_of(source):
            for pattern, homes in FOREIGN_HOMES:
                if not pattern.match(path):
                    continue
                if source.folder not in homes:
                    yield Violation(source.path, line, "foreign", f"`{path}` is for {', '.join(sorted(homes))} only")
                elif source.is_header and "internal" not in source.parts:
                    yield Violation(source.path, line, "foreign", f"`{path}` is for .cc files and internal/ only")


def check_habits(sources):
    for source in sources:
        lines = source.text.split("\n", 2)
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if "SPDX-License-Identifier: Apache-2.0" not in first:
            yield Violation(source.path, 1, "spdx", "the first line is not `SPDX-License-Identifier: Apache-2.0`")
        if source.parts[0] != "tools" or not source.name.startswith("tidy"):
            yield from source.find(r"\b(TODO|FIXME|XXX)\b", "unfinished", "finish it, or write an issue", code=False)
        if source.name.endswith(".py"):
            yield from source.find(r"\bdef test_\w+\([^)]*\):\s*\n\s+(pass|\.\.\.)\s*\n", "empty-test", "this test cannot fail")
        if not source.is_cxx:
            continue
        if source.folder not in (None, "app") and not source.is_test:
            yield from source.find(r"\b(secure_getenv|getenv|environ)\b", "environment", "only src/app reads the environment")
        yield from source.find(r"\bstd::(basic_|w)?regex\b|#include\s*<regex>", "regex", "std::regex overflows the stack on long input")
        yield from source.find(r"\bstd::v?format(_to|_to_n)?\b|#include\s*<format>", "format", "use fmt: libstdc++ 12 has no std::format")
        yield from source.find(r"\bInstance\s*\(\s*\)", "singleton", "pass it in")
        for function in source.outline.functions:
            if re.match(r"(TEST|TEST_F|TEST_P|RC_GTEST_PROP|TYPED_TEST)$", function.name) and not function.body.strip():
                yield Violation(source.path, function.line, "empty-test", "this test cannot fail")


def check_links(root):
    """Relative links of the documentation lead somewhere."""
    for path in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("src/**/*.md")]):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", re.sub(r"`[^`\n]*`", lambda code: " " * len(code.group(0)), text)):
            if not re.match(r"[a-z]+:", match.group(1)) and not (path.parent / match.group(1)).exists():
                line = text.count("\n", 0, match.start()) + 1
                yield Violation(path.relative_to(root).as_posix(), line, "link", f"`{match.group(1)}` is not there")


def reveal_counts(sources):
    counts = {}
    for source in sources:
        if source.folder is None or not source.is_cxx or source.is_test or source.path.startswith("src/base/secret."):
            continue
        count = len(re.findall(r"\bReveal\s*\(", source.outline.code))
        if count:
            counts[source.path] = count
    return counts


def check_reveal(root, sources):
    listed = {}
    path = root / REVEAL_LIST
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, count = line.split()
                listed[name] = int(count)
    for name, count in reveal_counts(sources).items():
        if count > listed.get(name, 0):
            yield Violation(name, 1, "reveal", f"{count} calls of Reveal(), {listed.get(name, 0)} listed in {REVEAL_LIST}")


def update_reveal(root, sources):
    lines = [f"{name} {count}\n" for name, count in sorted(reveal_counts(sources).items())]
    (root / REVEAL_LIST).write_text(REVEAL_HEADER + "".join(lines), encoding="utf-8")


def check(root):
    """All violations below `root`."""
    sources = read_sources(root)
    violations = list(check_ladder(root, sources, read_ladder(root)))
    for rule in (check_sizes, check_comments, check_names, check_homes, check_habits):
        violations += rule(sources)
    violations += [*check_links(root), *check_reveal(root, sources)]
    return sorted(set(violations))


def main():
    parser = argparse.ArgumentParser(description="checks the rules of the repository that no compiler checks")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--update-reveal", action="store_true", help=f"rewrite {REVEAL_LIST}")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if arguments.update_reveal:
        update_reveal(root, read_sources(root))
    violations = check(root)
    for violation in violations:
        print(f"{violation.path}:{violation.line}: {violation.rule}: {violation.text}")
    print(f"tidy: {len(violations)} violation{'' if len(violations) == 1 else 's'}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
