#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Configures a CMake preset where it is new or has changed, and builds it: tools/build.sh PRESET [TARGET…]
# The release preset leaves its executable at build/crossrole.
set -euo pipefail
cd "$(dirname "$0")/.."

preset="${1:?usage: tools/build.sh PRESET [TARGET…]}"
shift
say() { echo "build: $*" >&2; }

mkdir -p build
if [[ ! -f "build/$preset/build.ninja" || CMakePresets.json -nt "build/$preset/build.ninja" ]]; then
  say "configuring $preset"
  cmake --preset "$preset" >"build/$preset.log" 2>&1 || { cat "build/$preset.log" >&2; exit 1; }
fi
if [[ $# -gt 0 ]]; then
  cmake --build --preset "$preset" --target "$@"
else
  cmake --build --preset "$preset"
fi
if [[ "$preset" == release && -x build/release/src/crossrole ]]; then
  ln -sfn release/src/crossrole build/crossrole
fi
