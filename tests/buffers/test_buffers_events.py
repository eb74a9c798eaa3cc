# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what comes with an event of a version 2 notification port taken apart (MS-CMRP 3.1.4.2.138)?"""
import pytest
from cmrpidl.back.lower import Lowering
from support.calls import handle
from support.contents import DWORD, SZ, Sample, dword, judged, prop, property_list, shown, text, value
from support.recording import Recording

PORT = handle(5)


class Events(Recording):
    def get(self, *notifications, status=0):
        """ApiGetNotifyV2 with notifications as (object type, event, octets)."""
        self.calls.request(139, hNotify=PORT)
        list_ = [
            {
                "dwNotifyKey": 1,
                "NotificationData": {
                    "FilterAndType": {"dwObjectType": object_, "FilterFlags": event},
                    "buffer": octets or None,
                    "dwBufferSize": len(octets),
                    "ObjectId": "o",
                    "ParentId": "p",
                    "Name": "n",
                    "Type": "t",
                },
            }
            for object_, event, octets in notifications
        ]
        return self.calls.response(Notifications=list_, dwNumNotifications=len(list_), result=status)


LIST = property_list(prop("P", value(DWORD, dword(7))), prop("Q", value(SZ, text("v"))))


def sample(format_, maker):
    if format_ is None or format_.kind == "bytes":
        return b"", []
    if format_.kind == "layout":
        return maker.layout(format_.layout)
    if format_.binary:
        octets, expected = maker.layout(format_.binary.layout)
        return property_list(prop("V", *[value(0x00010001, octets)] * 4)), expected * 4
    return LIST, [("cmrp.property.name", "P"), ("cmrp.property.name", "Q"), ("cmrp.property.value.number", 7)]


@pytest.mark.parametrize("encoding", ["3-ndr", "3-ndr64", "3-ndr-big"])
def test_every_event(tshark, model, tables, encoding):
    maker = Sample(tables, Lowering(model, tables))
    events = Events(tshark, model, encoding)
    frames = []
    for event in tables.events:
        octets, expected = sample(event.format, maker)
        frames.append((events.get((event.object_type, event.value, octets)), expected, event.event))
    found = events.trees()
    for frame, expected, label in frames:
        wanted = {}
        for field, what in expected:
            wanted.setdefault(field, []).append(what)
        for field, values in wanted.items():
            assert [shown(one) for one in found[frame].all(field)] == values, f"{label}: {field}"
        assert not found[frame].all("cmrp.buffer.unread") and judged(found[frame]) == [], label


def test_each_buffer_belongs_to_its_own_event(tshark, model):
    """Pointees stand behind all notifications: the third one's buffer is still the third one's."""
    events = Events(tshark, model)
    frame = events.get((2, 8, dword(1)), (8, 8, b""), (2, 2, LIST), (7, 0x10, dword(2)), (2, 0x10, text("node-id")))
    tree = events.trees()[frame]
    assert tree.all("cmrp.State") == ["1", "2"]
    assert tree.all("cmrp.property.name") == ["P", "Q"]
    assert "node-id" in tree.all("cmrp.Id")


def test_events_that_nobody_knows_leave_bytes(tshark, model):
    events = Events(tshark, model)
    frames = [
        events.get((2, 0x4000, b"abcd")),
        events.get((99, 1, b"abcd")),
        # Several bits at once are no event.
        events.get((2, 0xA, LIST)),
    ]
    found = events.trees()
    for frame in frames:
        assert not found[frame].all("cmrp.State") and not found[frame].all("cmrp.property.count")
        assert found[frame].all("cmrp.buffer") and judged(found[frame]) == []


def test_broken_lists_of_events(tshark, model):
    events = Events(tshark, model)
    broken = events.get((2, 2, LIST[:-4]))
    failed = events.get((2, 2, LIST[:-4]), status=5)
    found = events.trees()
    assert judged(found[broken]) == ["control-property-list-malformed"]
    assert judged(found[failed]) == []


def test_every_bit_of_every_event_enumeration_is_in_the_table(tables):
    """Bytes have a reason; everything else is known."""
    assert len(tables.events) >= 75
    assert all(bool(e.reason) == (e.format is not None and e.format.kind == "bytes") for e in tables.events)
