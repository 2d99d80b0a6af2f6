# SPDX-License-Identifier: Apache-2.0
"""What the conformance and end-to-end tests start and talk to: our programs and other people's, on loopback, on free ports."""
