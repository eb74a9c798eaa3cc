# SPDX-License-Identifier: GPL-2.0-or-later
"""What do the tests share? Running Wireshark's programs, and making captures from nothing."""
