# SPDX-License-Identifier: Apache-2.0
"""The policy engine against @cloud-copilot/iam-simulate, another engine of other people, run as another process.

Both answer the same generated questions. A difference is made as small as it can be while it stays a difference, and then one rule
of iam_simulate/explained.json must explain it; that file says why iam-simulate differs and which page of AWS's decides for us.
CROSSROLE_SEED repeats a run.
"""

import collections
import copy
import json
import os
import pathlib
import secrets
import subprocess

import pytest

from policy.explained import explanation_of, load_rules

FOLDER = pathlib.Path(__file__).parent / "iam_simulate"
QUESTIONS = 6000 if os.environ.get("CROSSROLE_LONG") else 500
NEEDED = ("principal", "role", "user", "action", "resource", "context_is_complete")


class Engine:
    """A program that answers one question a line."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=FOLDER)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the engine ended at {json.dumps(question)}"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def tool():
    return pathlib.Path(os.environ["CROSSROLE_BUILD"]).resolve() / "tests" / "policy" / "policy_evaluate_tool"


@pytest.fixture(scope="module")
def engines(tool):
    both = Engine(tool), Engine("node", "simulate.mjs")
    yield both
    for engine in both:
        engine.close()


def ask_both(engines, question):
    """Our answer and theirs, or nothing when either refuses the question."""
    answers = [engine.ask(question) for engine in engines]
    return None if any("error" in answer for answer in answers) else tuple(answer["answer"] for answer in answers)


def is_removable(parent, key, path):
    """What makes another question, not a smaller one, stays: who asks for what, versions, the last of a list of values."""
    if not path:
        return key not in NEEDED
    return key != "Version" and not (isinstance(parent, list) and len(parent) == 1 and len(path) > 3)


def without_parts(node):
    """Copies of a question from which one member or one element is left out, the largest first."""
    def places(value, path):
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            if is_removable(value, key, path):
                yield [*path, key]
            yield from places(child, [*path, key])

    for path in sorted(places(node, []), key=len):
        smaller = copy.deepcopy(node)
        parent = smaller
        for key in path[:-1]:
            parent = parent[key]
        del parent[path[-1]]
        yield smaller


def shrink(engines, question, answers):
    """The smallest question with the same two answers."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in without_parts(question):
            if ask_both(engines, smaller) == answers:
                question, shrunk = smaller, True
                break
    return question


def test_every_difference_from_iam_simulate_is_explained(tool, engines):
    seed = os.environ.get("CROSSROLE_SEED") or str(secrets.randbits(63))
    rules = load_rules(FOLDER / "explained.json")
    generated = subprocess.run([tool, "generate", str(QUESTIONS), seed], check=True, capture_output=True, text=True).stdout
    counts = collections.Counter()
    compared = 0
    unexplained = []
    refusals = collections.Counter()
    for line in generated.splitlines():
        question = json.loads(line)
        answers = ask_both(engines, question)
        if answers is None:
            refusals[json.dumps(engines[1].ask(question))[:200]] += 1
            continue
        compared += 1
        counts["ours", answers[0]] += 1
        if answers[0] == answers[1]:
            continue
        small = shrink(engines, question, answers)
        rule = explanation_of(rules, small, answers)
        counts["difference", rule] += 1
        if rule is None:
            unexplained.append(f"ours {answers[0]}, theirs {answers[1]}: {json.dumps(small)}")
    print(f"CROSSROLE_SEED={seed}: {compared} questions compared", *(f"{key}: {count}" for key, count in counts.most_common()), sep="\n  ")
    assert not unexplained, f"CROSSROLE_SEED={seed}\n" + "\n".join(unexplained[:20])
    # Questions that one of the two refuses compare nothing.
    assert compared >= QUESTIONS * 5 // 6, refusals.most_common(10)


def test_every_explanation_has_its_reason_and_its_page():
    rules = load_rules(FOLDER / "explained.json")
    assert len({rule["name"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["reason"] and rule["page"].startswith("/") and ".html" in rule["page"], rule["name"]


def test_every_explanation_explains_its_example(engines):
    """A rule whose example no longer differs is out of date; one that another rule explains is not needed."""
    rules = load_rules(FOLDER / "explained.json")
    for rule in rules:
        answers = ask_both(engines, rule["example"])
        assert answers and answers[0] != answers[1], f"{rule['name']}: both say {answers}"
        assert explanation_of(rules, rule["example"], answers) == rule["name"]
