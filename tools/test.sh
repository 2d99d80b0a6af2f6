#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make test`: everything that a change must pass. Fails when a tool is missing; skips nothing by itself.
#   tools/test.sh [pytest arguments…]     e.g. tools/test.sh -k quickstart
set -euo pipefail
cd "$(dirname "$0")/.."

heading() { printf '\n== %s\n' "$*"; }

tools/bootstrap.sh test

heading "release build"
tools/build.sh release
heading "dev build (AddressSanitizer, UndefinedBehaviorSanitizer)"
tools/build.sh dev

export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
if symbolizer=$(command -v llvm-symbolizer-19); then export ASAN_SYMBOLIZER_PATH="$symbolizer"; fi

heading "unit tests, repository rules, fuzzing seconds: dev"
ctest --preset dev -j "$(nproc)" --timeout 600
heading "unit tests: release"
ctest --preset release -j "$(nproc)" -LE rules --timeout 300

# The sanitized executable has the fault points, and finds more.
heading "other people's clients, end to end"
CROSSROLE_BUILD=build/dev CROSSROLE_EXECUTABLE=build/dev/src/crossrole \
  .venv/bin/python -m pytest -c tests/pytest.ini -n "$(nproc)" --dist loadfile \
  tests/policy tests/conformance tests/end_to_end "$@"
