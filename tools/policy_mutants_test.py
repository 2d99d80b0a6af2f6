# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/policy_mutants.py."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import policy_mutants  # noqa: E402


def mutant(name, within, rule, broken):
    return {"name": name, "file": "x.cc", "in": within, "rule": rule, "broken": broken}


class Mutating(unittest.TestCase):
    TEXT = "// SPDX\nif (a && b) return c;\nif (a || b) return d;\n"

    def test_a_rule_asks_whether_it_is_to_be_broken(self):
        text = policy_mutants.mutate(self.TEXT, [mutant("both", "if (a && b)", "a && b", "a")])
        self.assertIn('if ((crossrole::policy_mutants::Is("both") ? (a) : (a && b))) return c;', text)
        self.assertTrue(text.startswith("// SPDX\n" + policy_mutants.DECLARATION))

    def test_two_mutants_of_one_rule_ask_in_turn(self):
        text = policy_mutants.mutate(self.TEXT, [mutant("x", "if (a && b)", "a && b", "a"), mutant("y", "a && b", "a && b", "b")])
        self.assertIn('(crossrole::policy_mutants::Is("x") ? (a) : crossrole::policy_mutants::Is("y") ? (b) : (a && b))', text)

    def test_a_place_that_is_gone_or_not_unique_is_told(self):
        for within in ("if (z)", "if (a"):
            with self.assertRaises(policy_mutants.Stale):
                policy_mutants.mutate(self.TEXT, [mutant("both", within, "a", "true")])

    def test_overlapping_rules_are_told(self):
        with self.assertRaises(policy_mutants.Stale):
            policy_mutants.mutate(self.TEXT, [mutant("x", "if (a && b)", "a && b", "a"), mutant("y", "a && b) return", "b", "c")])

    def test_every_rule_of_the_list_has_its_place_in_the_engine(self):
        mutants = policy_mutants.read_mutants()
        self.assertGreaterEqual(len(mutants), 40)
        for one in mutants:
            policy_mutants.place_of((policy_mutants.SOURCES / one["file"]).read_text(encoding="utf-8"), one)


class Running(unittest.TestCase):
    def test_a_program_that_notices_nothing_lets_rules_survive(self):
        self.assertEqual(policy_mutants.run("/bin/false", ["a"]), 1)
        self.assertEqual(policy_mutants.run("/bin/true", ["a", "b"]), 0)


if __name__ == "__main__":
    unittest.main()
