# SPDX-License-Identifier: Apache-2.0
# Thin names over CMake presets and scripts. Nothing has to be installed before: see tools/bootstrap.sh.
SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: run build test test-long bench fmt tidy package sbom lock clean help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: build  ## build, then start the demo: a simulated AWS and a server on this machine (ARGS="…" go to it)
	@exec build/crossrole demo $(ARGS)

build:  ## the release executable, build/crossrole
	@tools/bootstrap.sh build
	@tools/build.sh release crossrole

test:  ## everything that a change must pass
	@tools/test.sh

test-long:  ## and the long forms: ThreadSanitizer, minutes of fuzzing, kill loops, soak
	@tools/test_long.sh

bench:  ## measure, print the report (in under five minutes; also build/bench.json)
	@bench/run.sh

fmt:  ## format every C++ source
	@tools/bootstrap.sh dev
	@find src tests bench -name '*.h' -o -name '*.cc' | grep -v /node_modules/ | xargs clang-format-19 -i

tidy:  ## the repository's rules, and clang-tidy on what changed (ALL=1: on everything)
	@tools/bootstrap.sh dev
	@tools/lint.sh

package: sbom  ## a Debian package in build/package/
	@tools/bootstrap.sh package
	@cd build/release && cpack -G DEB -B $(CURDIR)/build/package >package.log || { cat package.log; exit 1; }
	@ls build/package/*.deb

sbom: build  ## what the executable is made of: build/sbom.spdx.json
	@tools/sbom.py --executable build/crossrole --output build/sbom.spdx.json

lock:  ## resolve tests/requirements.in anew
	@tools/lock_requirements.py

clean:  ## delete what was built; test tools stay
	@rm -rf build
