#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench`: figures of the release executable as ratios of one run. Needs wrk (Debian package), and builds first.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 1; }
tools/bootstrap.sh test
tools/build.sh release crossrole
exec .venv/bin/python bench/bench.py build/crossrole
