#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target, guided by coverage: tools/fuzz.sh SECONDS [TARGET…], e.g. tools/fuzz.sh 300 policy_document
# What it finds new is in build/fuzz/fuzz/found/; an input that ends a target is build/fuzz/fuzz/<target>-…
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?usage: tools/fuzz.sh SECONDS [TARGET…]}"
shift
tools/build.sh fuzz fuzzers
if [[ $# -eq 0 ]]; then
  mapfile -t names < <(cd tests/fuzz && ls ./*_fuzz.cc | sed 's|^\./||; s|_fuzz\.cc$||')
  set -- "${names[@]}"
fi
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

fuzz_one() {
  local name="$1" found="build/fuzz/fuzz/found/$1"
  mkdir -p "$found"
  local inputs=("$found")
  [[ -d "tests/fuzz/corpus/$name" ]] && inputs+=("tests/fuzz/corpus/$name")
  local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 "-artifact_prefix=build/fuzz/fuzz/$name-")
  [[ -f "tests/fuzz/$name.dict" ]] && options+=("-dict=tests/fuzz/$name.dict")
  if "build/fuzz/tests/fuzz/${name}_fuzz" "${options[@]}" "${inputs[@]}" >"build/fuzz/fuzz/$name.log" 2>&1; then
    echo "-- $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/fuzz/$name.log") runs, nothing found"
  else
    echo "-- $name: FAILED"
    cat "build/fuzz/fuzz/$name.log"
    return 1
  fi
}

mkdir -p build/fuzz/fuzz
export -f fuzz_one
export seconds
# One for each core at a time; xargs fails when one of them does.
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'fuzz_one "$1"' fuzz_one {}
