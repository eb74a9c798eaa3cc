# SPDX-License-Identifier: GPL-2.0-or-later
"""Can each class of findings be switched off by itself?"""
import pytest
from support import sandbox
from support.calls import ENCODINGS, NULL_HANDLE, Calls, handle
from support.rpcpcap import Capture

CLASSES = {"find_must": "MUST", "find_should": "SHOULD", "find_suspicions": "suspicion"}
FIELDS = ["cmrp.finding.level", "cmrp.expert.status_unlisted"]


@pytest.fixture(scope="module")
def path(model):
    """A capture with findings of every class and a fact."""
    made = sandbox.sandbox().new_folder() / "classes.pcap"
    with Capture(made) as capture:
        calls = Calls(model, capture, ENCODINGS["3-ndr"])
        # MUST: success without a handle.
        calls.open_group("Cluster Group", NULL_HANDLE)
        # SHOULD: a method for future use.
        calls.request(200)
        calls.conn.fault(0x1C010002)
        # A suspicion and a fact: what is not found is of another type.
        calls.request(8, lpszResourceName="Disk")
        calls.response(Status=0x1395, rpc_status=0, result=NULL_HANDLE)
        calls.open_group("Cluster Group", handle(1))
    return made


def read(tshark, path, *preferences):
    words = [word for preference in preferences for word in ("-o", f"cmrp.{preference}:FALSE")]
    rows = tshark.fields(path, FIELDS, "cmrp", words, split=True)
    return {level for row in rows for level in row[0]}, any(row[1] for row in rows)


def test_all_are_on(tshark, path):
    assert read(tshark, path) == (set(CLASSES.values()), True)


@pytest.mark.parametrize("preference", CLASSES)
def test_a_class_is_switched_off(tshark, path, preference):
    assert read(tshark, path, preference) == (set(CLASSES.values()) - {CLASSES[preference]}, True)


def test_facts_are_switched_off(tshark, path):
    assert read(tshark, path, "tell_facts") == (set(CLASSES.values()), False)


def test_nothing_is_left(tshark, path):
    assert read(tshark, path, *CLASSES, "tell_facts") == (set(), False)
