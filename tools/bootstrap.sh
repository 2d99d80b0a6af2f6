#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a plain Debian 12 machine ready: tools/bootstrap.sh build|package|test|bench|dev
#   build    what compiling needs
#   package  and what makes a Debian package of it
#   test     what compiling and testing needs: Debian packages, Python tools in .venv, the AWS SDK for JavaScript, iam-simulate
#   bench    and the load generator of `make bench`
#   dev      and the formatter, the linter
# Says nothing and takes milliseconds when all is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

scope="${1:-build}"
case "$scope" in
  build) sets=" build " ;;
  package) sets=" build package " ;;
  test) sets=" build test " ;;
  bench) sets=" build test bench " ;;
  dev) sets=" build test package bench dev " ;;
  *) echo "usage: tools/bootstrap.sh build|package|test|bench|dev" >&2; exit 2 ;;
esac

say() { echo "bootstrap: $*" >&2; }

# Prints the packages of the wanted sets that are not installed.
missing_packages() {
  local set package role unless_command wanted=()
  while read -r set package role unless_command; do
    [[ -z "$set" || "$set" == "#"* || "$sets" != *" $set "* ]] && continue
    [[ -n "$unless_command" ]] && command -v "$unless_command" >/dev/null && continue
    wanted+=("$package")
  done <tools/packages.txt
  # dpkg-query fails when it does not know one of the names; what it prints is right all the same.
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p') || true
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort) <(sort -u <<<"$installed")
}

install_packages() {
  local as_root=() list
  list=$(missing_packages)
  [[ -z "$list" ]] && return
  local packages
  mapfile -t packages <<<"$list"
  if [[ $(id -u) != 0 ]]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      say "these Debian packages are missing; install them and start again:"
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}" >&2
      exit 1
    fi
  fi
  say "installing ${packages[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  local updated=no
  if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
    "${apt[@]}" update >&2
    updated=yes
  fi
  if ! "${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >&2; then
    # Old lists name versions that the archive no longer has.
    [[ $updated == yes ]] && exit 1
    "${apt[@]}" update >&2
    "${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >&2
  fi
}

# The lock file holds the wheels for Python 3.11, which is Debian 12's.
find_python() {
  local python
  for python in python3 /usr/bin/python3 python3.11; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  say "no Python 3.11 with venv was found: install Debian 12's python3 and python3-venv"
  return 1
}

same_stamp() { [[ -f "$1" && "$(<"$1")" == "$2" ]]; }

install_python_tools() {
  local sum python
  sum=$(sha256sum tests/requirements.txt)
  same_stamp .venv/requirements.stamp "$sum" && return
  python=$(find_python)
  say "installing the Python test tools into .venv"
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary :all: \
    -r tests/requirements.txt >&2
  echo "$sum" >.venv/requirements.stamp
}

install_javascript() {
  local folder="$1" sum
  sum=$(sha256sum "$folder/package-lock.json")
  same_stamp "$folder/node_modules/lock.stamp" "$sum" && return
  say "installing $2"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2)
  echo "$sum" >"$folder/node_modules/lock.stamp"
}

if command -v dpkg-query >/dev/null; then
  install_packages
else
  say "not a Debian system: assuming that everything in tools/packages.txt is here under other names"
fi
if [[ "$sets" == *" test "* ]]; then
  mkdir -p build
  exec 9>build/bootstrap.lock
  flock 9
  install_python_tools
  install_javascript tests/conformance/javascript "the JavaScript test clients"
  install_javascript tests/policy/iam_simulate "iam-simulate, another engine of AWS policies"
fi
