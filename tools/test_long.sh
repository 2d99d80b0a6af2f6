#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make test-long`: `make test`, then the long forms. Each step can be chosen by name: tools/test_long.sh tsan fuzz
#   CROSSROLE_FUZZ_SECONDS (300)  how long each fuzz target runs
#   CROSSROLE_LONG=1              is set for the tests: more iterations, kill loops, soak
set -euo pipefail
cd "$(dirname "$0")/.."

heading() { printf '\n== %s\n' "$*"; }
export CROSSROLE_LONG=1

step_tsan() {
  heading "unit tests under ThreadSanitizer"
  tools/build.sh tsan
  TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:${TSAN_OPTIONS:-}" ctest --preset tsan -j "$(nproc)" -LE rules
}

step_fuzz() {
  local seconds="${CROSSROLE_FUZZ_SECONDS:-300}" target name
  heading "fuzz targets, $seconds s each"
  tools/build.sh fuzz
  local targets=()
  mapfile -t targets < <(find build/fuzz/tests -maxdepth 2 -type f -perm -u+x -name 'fuzz_*' -o -maxdepth 2 -type f -perm -u+x -name '*_fuzz' | sort)
  [[ ${#targets[@]} -gt 0 ]] || { echo "no fuzz target was built" >&2; exit 1; }
  for target in "${targets[@]}"; do
    name=$(basename "$target")
    name=${name#fuzz_}
    name=${name%_fuzz}
    echo "-- $name"
    # What is found new stays in the build folder; worthwhile inputs are added to the corpus by hand.
    mkdir -p "build/fuzz/corpus/$name" build/fuzz/findings
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="build/fuzz/findings/$name-" "build/fuzz/corpus/$name" \
      $(test -d "tests/fuzz/corpus/$name" && echo "tests/fuzz/corpus/$name")
  done
}

step_end_to_end() {
  heading "long forms of the end-to-end tests: kill loops, soak"
  tools/build.sh dev
  CROSSROLE_BUILD=build/dev CROSSROLE_EXECUTABLE=build/dev/src/crossrole .venv/bin/python -m pytest -c tests/pytest.ini tests/conformance tests/end_to_end
}

tools/bootstrap.sh test
if [[ $# -eq 0 ]]; then
  tools/test.sh
  set -- tsan fuzz end_to_end
fi
for step in "$@"; do
  declare -F "step_$step" >/dev/null || { echo "usage: tools/test_long.sh [tsan] [fuzz] [end_to_end]" >&2; exit 2; }
  "step_$step"
done
