#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the rules of the policy engine one at a time and shows that the documented facts of tests/policy/cases notice.

    tools/policy_mutants.py files                 the sources in which rules are broken, one a line
    tools/policy_mutants.py write FOLDER          copies of them in which each rule asks whether it is to be broken
    tools/policy_mutants.py run PROGRAM [NAME…]   runs the facts for each rule (or those named); fails when one survives

tests/policy/mutants.json lists the rules: in `file`, inside the text `in` (which occurs once), the expression `rule` is replaced by
`broken`. All are built into one program, tests/policy/mutants_main.cc; which rule it breaks is its argument.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "policy" / "mutants.json"
SOURCES = ROOT / "src" / "policy"
DECLARATION = "namespace crossrole::policy_mutants { bool Is(const char* name); }\n"


class Stale(Exception):
    """The list does not fit the sources."""


def read_mutants(path=LIST):
    mutants = json.loads(path.read_text(encoding="utf-8"))["mutants"]
    names = [mutant["name"] for mutant in mutants]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise Stale(f"{path.name}: told twice: {', '.join(sorted(repeated))}")
    return mutants


def place_of(text, mutant):
    """Where the expression of a mutant stands."""
    where = f"{mutant['file']}: {mutant['name']}"
    if text.count(mutant["in"]) != 1:
        raise Stale(f"{where}: `{mutant['in']}` occurs {text.count(mutant['in'])} times")
    if mutant["in"].count(mutant["rule"]) != 1:
        raise Stale(f"{where}: `{mutant['rule']}` is not once in `{mutant['in']}`")
    begin = text.index(mutant["in"]) + mutant["in"].index(mutant["rule"])
    return begin, begin + len(mutant["rule"])


def mutate(text, mutants):
    """`text` with a question at each rule."""
    places = {}
    for mutant in mutants:
        places.setdefault(place_of(text, mutant), []).append(mutant)
    edits = sorted(places.items())
    for ((_, end), [one, *_]), ((begin, _), [other, *_]) in zip(edits, edits[1:]):
        if begin < end:
            raise Stale(f"{one['file']}: {one['name']} and {other['name']} overlap")
    for (begin, end), broken in reversed(edits):
        questions = "".join(f'crossrole::policy_mutants::Is("{one["name"]}") ? ({one["broken"]}) : ' for one in broken)
        text = text[:begin] + f"({questions}({text[begin:end]}))" + text[end:]
    first_line, rest = text.split("\n", 1)
    return f"{first_line}\n{DECLARATION}{rest}"


def files_of(mutants):
    return sorted({mutant["file"] for mutant in mutants})


def write(folder, mutants):
    for file in files_of(mutants):
        text = (SOURCES / file).read_text(encoding="utf-8")
        mutated = mutate(text, [mutant for mutant in mutants if mutant["file"] == file])
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != mutated:
            path.write_text(mutated, encoding="utf-8")
        else:
            path.touch()


def run_one(program, name):
    """What the program says of one rule: (caught, first line of its answer)."""
    done = subprocess.run([program, name], capture_output=True, text=True, timeout=300, check=False)
    said = (done.stdout.strip() or done.stderr.strip() or f"ended with {done.returncode}").splitlines()[0]
    return done.returncode == 0, said


def run(program, names):
    """Runs all; the number of survivors, counting facts that fail with no rule broken."""
    whole, said = run_one(program, "none")
    print(f"no rule broken: {said}")
    if not whole:
        return 1
    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (caught, said) in zip(names, pool.map(lambda name: run_one(program, name), names)):
            print(f"{'caught  ' if caught else 'SURVIVED'} {name}: {said}")
            survivors += not caught
    print(f"policy mutants: {len(names)} rules broken, {len(names) - survivors} caught, {survivors} survived")
    return survivors


def chosen(mutants, names):
    """All rules in the long form and when named; every sixth in the short one."""
    known = [mutant["name"] for mutant in mutants]
    unknown = set(names) - set(known)
    if unknown:
        raise Stale(f"no such rule: {', '.join(sorted(unknown))}")
    if names:
        return list(names)
    return known if os.environ.get("CROSSROLE_LONG") else known[::6]


def main(arguments):
    try:
        mutants = read_mutants()
        match arguments:
            case ["files"]:
                print(*files_of(mutants), sep="\n")
                return 0
            case ["write", folder]:
                write(pathlib.Path(folder), mutants)
                return 0
            case ["run", program, *names]:
                return 1 if run(program, chosen(mutants, names)) else 0
    except Stale as stale:
        print(f"policy_mutants: {stale}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
