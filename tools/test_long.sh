#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make test-long`: `make test`, then the long forms. Each step can be chosen by name: tools/test_long.sh tsan fuzz
#   CROSSROLE_FUZZ_SECONDS (300)  how long each fuzz target runs
#   CROSSROLE_LONG=1              is set for the tests: more iterations, kill loops, soak
set -euo pipefail
cd "$(dirname "$0")/.."

heading() { printf '\n== %s\n' "$*"; }

step_tsan() {
  heading "unit tests under ThreadSanitizer"
  tools/build.sh tsan
  # Tests of commands fork and start threads in the child.
  TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:die_after_fork=0:${TSAN_OPTIONS:-}" ctest --preset tsan -j "$(nproc)" -LE rules -E "^policy_judges$"  # that has one thread, and a step of its own
}

step_fuzz() {
  local seconds="${CROSSROLE_FUZZ_SECONDS:-300}"
  heading "fuzz targets, $seconds s each"
  tools/fuzz.sh "$seconds"
}

step_policy() {
  heading "long forms of the judges of the policy engine: generated questions, another engine"
  # Every rule broken in turn is in `make test` (the sanitized build has the breakable engine). Without sanitizers: the short forms have them, and hundreds of thousands of decisions would take an hour with them.
  tools/build.sh release
  ctest --preset release -R '^policy_judges$' --output-on-failure --timeout 1800
  CROSSROLE_BUILD=build/release .venv/bin/python -m pytest -c tests/pytest.ini tests/policy
}

step_organization() {
  heading "long form of the comparison of organizations: a hundred thousand histories"
  tools/build.sh release
  ctest --preset release -R '^organization$' --output-on-failure --timeout 1800
}

step_end_to_end() {
  heading "long forms of the end-to-end tests: kill loops, soak"
  tools/build.sh dev
  CROSSROLE_BUILD=build/dev CROSSROLE_EXECUTABLE=build/dev/src/crossrole \
    .venv/bin/python -m pytest -c tests/pytest.ini -n "$(nproc)" --dist loadfile tests/conformance tests/end_to_end
}

tools/bootstrap.sh test
if [[ $# -eq 0 ]]; then
  tools/test.sh
  set -- policy organization tsan fuzz end_to_end
fi
export CROSSROLE_LONG=1
for step in "$@"; do
  declare -F "step_$step" >/dev/null || { echo "usage: tools/test_long.sh [policy] [organization] [tsan] [fuzz] [end_to_end]" >&2; exit 2; }
  "step_$step"
done
