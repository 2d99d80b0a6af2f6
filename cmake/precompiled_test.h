// SPDX-License-Identifier: Apache-2.0
// What most tests include, read once per build.
#include <gtest/gtest.h>

#include "precompiled.h"
