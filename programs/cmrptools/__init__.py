# SPDX-License-Identifier: GPL-2.0-or-later
"""What do cmrp-check, cmrp-report and cmrp-batch share?"""
