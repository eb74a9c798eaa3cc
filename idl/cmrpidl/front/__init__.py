# SPDX-License-Identifier: GPL-2.0-or-later
"""From IDL files to the model: read (grammar.lark, syntax), understood (attributes, expression, declare), joined (resolve)."""
