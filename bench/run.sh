#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench`: installs what is missing, builds, measures; prints the figures and saves build/bench.json.
#   bench/run.sh [warm_mints|lone_mint|cold_mint|…]   only these figures (the functions of bench.py)
set -euo pipefail
cd "$(dirname "$0")/.."
tools/bootstrap.sh bench
tools/build.sh release crossrole crossrole_bench
exec .venv/bin/python bench/bench.py "$@"
