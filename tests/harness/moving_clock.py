# SPDX-License-Identifier: Apache-2.0
"""A clock that a test moves while programs run: server, simulated AWS and other people's clients all see the same time."""

import mmap
import shutil
import struct
import subprocess

SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift_seconds(void) {
  static volatile long* shared;
  if (shared == NULL) {
    const char* path = getenv("TEST_CLOCK_FILE");
    const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    void* page = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED) return 0;
    shared = page;
  }
  return *shared;
}

int clock_gettime(clockid_t id, struct timespec* out) {
  /* Not by dlsym: sanitizers ask for the time while they allocate. */
  const int result = (int)syscall(SYS_clock_gettime, id, out);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) out->tv_sec += shift_seconds();
  return result;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
"""


class MovingClock:
    """`environment` makes a program, and what it starts, follow this clock. Sleeping and waiting stay as they are."""

    def __init__(self, folder):
        source, library, shared = folder / "moving_clock.c", folder / "moving_clock.so", folder / "moving_clock"
        source.write_text(SHIM)
        compiler = next(found for name in ("cc", "clang-19", "clang", "gcc") if (found := shutil.which(name)))
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        shared.write_bytes(struct.pack("l", 0))
        with shared.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 0)
        self.seconds = 0
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK_FILE": str(shared)}

    def advance(self, seconds):
        """Moves the clock of all of them at once."""
        self.seconds += seconds
        self._shared[:] = struct.pack("l", self.seconds)
