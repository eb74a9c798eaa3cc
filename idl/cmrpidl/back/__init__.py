# SPDX-License-Identifier: GPL-2.0-or-later
"""From model and tables to the rows of C tables (lower, lower_contents), and to their text (emit_c, emit_contents)."""
