#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make tidy`: tools/tidy.py on everything, clang-tidy on the sources that differ from the main branch (ALL=1: on all).
set -euo pipefail
cd "$(dirname "$0")/.."

python3 tools/tidy.py

if [[ ! -f build/dev/compile_commands.json ]]; then tools/build.sh dev help >/dev/null; fi
if [[ -n "${ALL:-}" ]]; then
  mapfile -t files < <(git ls-files 'src/*.cc')
else
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1)
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base" -- 'src/*.cc'; git ls-files --others --exclude-standard 'src/*.cc'; } | sort -u)
fi
[[ ${#files[@]} -eq 0 ]] && { echo "clang-tidy: no source has changed"; exit 0; }
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 --quiet -p build/dev --warnings-as-errors='*'
