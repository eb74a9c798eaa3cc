# SPDX-License-Identifier: GPL-2.0-or-later
"""What may conforming servers and clients say to each other? A model of MS-CMRP, written from its text alone.

    history.play(seed, number, capture, model)      one random history, and what it holds
    breaches.BREACHES                               single breaches, each with the rule that must find it

tests/histories/README.md says which sentences of the text the model follows.
"""
