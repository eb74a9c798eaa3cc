# SPDX-License-Identifier: GPL-2.0-or-later
"""From the tables beside the IDL to checked rows (tables, with contents and lessons), and what they say of numbers (meanings)."""

from .tables import Tables, load_tables

__all__ = ["Tables", "load_tables"]
