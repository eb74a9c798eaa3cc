# SPDX-License-Identifier: GPL-2.0-or-later
"""Which single breaches can a history hold, and which rule must find each?

A breach waits for its occasion in a history that is clean but for it: a client's request or a server's response is
changed once. Where the capture cannot prove every case of it, it is `sure` only where it says so.

    breach = Breach(kind)       kind is a name of KINDS
    history.play(..., breach=breach)
    breach.frame                where it shows, 0: there was no occasion
    breach.put_in               where it was put; before that nothing may be found
"""
from collections import namedtuple

from support.calls import NULL_HANDLE

from .client import FILTERS
from .server import (
    ACCESS_DENIED, CONTEXT_MISMATCH, GROUP_NOT_FOUND, INVALID_HANDLE, LISTED, METHODS, NAMES, NETWORK_NOT_FOUND,
    NO_MORE_ITEMS, NOT_FOUND, OPENS, REGISTERS, RESOURCE_NOT_FOUND, SHARING_PAUSED, SUCCESS, Fault)

QUERIES = {45: "group", 12: "resource", 68: "node", 83: "network", 94: "netinterface"}
ADDS = {row[1]: kind for kind, row in REGISTERS.items()}
READDS = {row[2]: kind for kind, row in REGISTERS.items()}
ENUM, ENUM_OF_GROUP, UNBLOCK, CLOSE_PORT = 7, 53, 107, 56
DELETES = (10, 43)
# What a server carries out only if its state is read/write: the page of each says so, in 2.0 that of ApiCreateNotify as well.
CHANGES = (9, 10, 13, 17, 18, 25, 32, 42, 43, 46, 49, 50, 51, 52, 69, 70)
CHANGES_2 = (*CHANGES, 55)
SOMEBODY = b"\1" * 20
# Seconds in which somebody opens what he was told; in which no server stops and comes back; after which no lost segment is
# an excuse.
AT_ONCE, STEADY, PATIENCE = 0.9, 10, 12

# `always`: False if a capture proves it only now and then. `needs`: what its histories must have to offer an occasion:
# "3" the version, "reader" a client that is not entitled to All, "ports of 2", "both ports", "again": registrations
# that are made again.
# `manner`: how its clients behave from the beginning, where it is no single PDU: "deaf", "rude"; others make occasions.
# `shows`: where only a later response contradicts it: shows(history, thread, frame of the breach), of a response just told.
Kind = namedtuple("Kind", "rule hook change always needs manner shows")
KINDS = {}
BREAKING = ("deaf", "rude")


def _kind(name, rule, hook, always=True, needs=(), manner=None, shows=None):
    def keep(change):
        KINDS[name] = Kind(rule, hook, change, always, needs, manner, shows)
        return change

    return keep


def on_request(name, rule, **more):
    """`change(history, thread, values)` changes the values of a request, or says False."""
    return _kind(name, rule, "asks", **more)


def on_response(name, rule, **more):
    """The same for the values that a server tells."""
    return _kind(name, rule, "tells", **more)


def puts(on, name, rule, is_there, needs=(), **values):
    """A breach that puts values in the place of others, where `is_there(history, thread, values)`.

    `on`: on_request or on_response.
    """
    @on(name, rule, needs=needs)
    def _(history, thread, now):
        if not is_there(history, thread, now):
            return False
        now.update(values)
        return True


def call_of(*opnums):
    """A request of one of these methods."""
    return lambda history, thread, values: thread.call.opnum in opnums


def success_of(*opnums):
    """A response of one of these that says success."""
    return lambda history, thread, told: thread.call.opnum in opnums and _succeeds(told)


class Breach:
    """One of KINDS, waiting for its occasion."""

    def __init__(self, kind):
        self.name, self.kind = kind, KINDS[kind]
        self.frame = self.put_in = 0
        self._now = False

    def _try(self, hook, history, thread, values):
        # Not always the first occasion.
        if self.kind.hook == hook and not self.put_in and history.random.random() < 0.4 and not thread.client.muted:
            self._now = self.kind.change(history, thread, values) is not False

    def begins(self, client):
        if self.kind.manner:
            setattr(client, self.kind.manner, True)

    def asks(self, history, thread):
        self._try("asks", history, thread, thread.call.values)

    def asked(self, history, thread):
        self._note(thread.asked_in)

    def tells(self, history, thread):
        self._try("tells", history, thread, thread.told)

    def told(self, history, thread, frame):
        shows = self.kind.shows
        if shows and self.put_in and not self.frame and shows(history, thread, self.put_in):
            self.frame = frame
        self._note(frame)

    def _note(self, frame):
        if self._now:
            self.put_in, self._now = frame, False
            self.frame = 0 if self.kind.shows else frame


# ---------------------------------------------------------------- servers

def _succeeds(told, status="result"):
    return not isinstance(told, Fault) and told.get(status) == SUCCESS


def _opens(thread, told):
    return METHODS[thread.call.opnum].opens and not isinstance(told, Fault)


@on_response("success without a handle", "open-success-without-handle")
def _(history, thread, told):
    if not _opens(thread, told) or told["result"] == NULL_HANDLE:
        return False
    told["result"] = NULL_HANDLE


@on_response("failure with a handle", "open-failure-with-handle")
def _(history, thread, told):
    if not _opens(thread, told) or told["result"] != NULL_HANDLE:
        return False
    told["result"] = SOMEBODY


@on_response("a close that leaves the handle", "close-success-with-handle")
def _(history, thread, told):
    if not METHODS[thread.call.opnum].closes or not _succeeds(told):
        return False
    # 2.0 and 3.0 call the handle of a port by different names.
    told.update(thread.call.values)


def _is_plain_query(history, thread, told):
    """Of a handle that nobody can have closed, of an object that nobody can have deleted."""
    return (thread.call.opnum in QUERIES and _succeeds(told) and not thread.client.worker
            and not any(one.call and one.call.opnum in DELETES for one in history.threads)
            and not any(thing.deleted for things in history.cluster.things.values() for thing in things))


@on_response("a live handle refused", "status-invalid-handle-on-live-handles")
def _(history, thread, told):
    if not _is_plain_query(history, thread, told):
        return False
    thread.told = {"result": INVALID_HANDLE}


@on_response("a live handle refused by a fault", "fault-context-mismatch-on-live-handles")
def _(history, thread, told):
    if not _is_plain_query(history, thread, told):
        return False
    thread.told = Fault(CONTEXT_MISMATCH)


@on_response("an exception of the method", "fault-not-of-rpc")
def _(history, thread, told):
    if thread.call.opnum not in QUERIES or not _succeeds(told):
        return False
    thread.told = Fault(0x1394)


puts(on_response, "a state that does not exist", "state-unknown-value", success_of(*QUERIES), State=9)
puts(on_response, "a group without the name of its node", "name-missing", success_of(45), NodeName=None)
puts(on_response, "a resource without the name of its group", "state-name-missing", success_of(12), GroupName=None)


def _is_event(history, thread, told):
    """While a filter is being registered an event may be one of it."""
    asks = (57, 61, *ADDS, *READDS)
    return thread.call.opnum == 65 and _succeeds(told) and not any(
        one.client is thread.client and one.state in ("sent", "done") and one.call.opnum in asks for one in history.threads)


puts(on_response, "a key that nobody registered", "notify-key-unknown", _is_event, dwNotifyKey=0x7FFFFFF0)
puts(on_response, "an event that no filter asks for", "notify-event-not-registered", _is_event, dwFilter=0x40000000)
puts(on_response, "an event of two changes", "notify-event-not-one-change", _is_event, dwFilter=0x3000)
puts(on_response, "an event of the client's own library", "notify-client-only-event", _is_event, dwFilter=0x80000000)


@on_response("a wait that ends by itself", "notify-wait-ended-without-cause", needs=("3",))
def _(history, thread, told):
    # Another connection might have unblocked the port where nobody saw it.
    if not _is_event(history, thread, told) or thread.line.association.connections != 1 or thread.call.port.stopping or (
            history.version == 2):
        return False
    thread.told = {"result": NO_MORE_ITEMS}


@on_response("an answer without events", "notify-no-events", needs=("3", "ports of 2"))
def _(history, thread, told):
    if thread.call.opnum != 139 or not _succeeds(told):
        return False
    told.update(Notifications=[], dwNumNotifications=0)


@on_response("a state event without the state", "notify-v2-event-buffer", needs=("3", "ports of 2"))
def _(history, thread, told):
    if thread.call.opnum != 139 or not _succeeds(told):
        return False
    data = told["Notifications"][0]["NotificationData"]
    if data["dwBufferSize"] != 4:
        return False
    data.update(buffer=b"", dwBufferSize=0)


@on_response("All for a handle with Read", "access-level-ignored", needs=("3", "reader"))
def _(history, thread, told):
    if thread.call.opnum not in (13, 17, 18, 46, 49, 50) or isinstance(told, Fault) or told["result"] != ACCESS_DENIED:
        return False
    thread.told = {"result": SUCCESS}


@on_response("an access level that does not exist", "access-granted-value", needs=("3", "reader"))
def _(history, thread, told):
    if not _opens(thread, told) or told.get("lpdwGrantedAccess") is None:
        return False
    told["lpdwGrantedAccess"] = 0x12345


def _has_rpc_status(history, thread, told):
    return history.version == 3 and thread.call.opnum in QUERIES and not isinstance(told, Fault)


puts(on_response, "an rpc_status that is none", "status-no-rpc-status", _has_rpc_status, needs=("3",), rpc_status=0x1394)
puts(on_response, "a failure of transport that arrived", "status-rpc-failure-arrived", _has_rpc_status, needs=("3",),
     rpc_status=1722)


@on_response("an entry of another type", "enum-entry-not-asked")
def _(history, thread, told):
    if thread.call.opnum != 7 or not _succeeds(told) or not told["ReturnEnum"]["Entry"]:
        return False
    told["ReturnEnum"]["Entry"][0]["Type"] = 2


@on_response("not found, but of another kind", "open-not-found-of-other-type")
def _(history, thread, told):
    if not _opens(thread, told) or told["Status"] not in (GROUP_NOT_FOUND, RESOURCE_NOT_FOUND):
        return False
    told["Status"] = NETWORK_NOT_FOUND


def _of_client(history, line):
    """What its client asked before. Over UDP nothing on the wire says that two activities are one client's."""
    return [one for one in history.exchanges if one.line is line or history.version == 3 and (
        one.line.association is line.association)]


def _changed(history, line):
    """The changes that the server carried out for a client, in the order of their answers."""
    changes = CHANGES if history.version == 3 else CHANGES_2
    done = [one for one in _of_client(history, line) if one.told_in and one.call.opnum in changes
            and _succeeds(one.told, _status_of(one))]
    return sorted(done, key=lambda one: one.told_in)


def _status_of(exchange):
    return "Status" if METHODS[exchange.call.opnum].opens else "result"


def _changes_again(history, thread, put_in):
    """Between two changes for one client, whoever it is, the server says that it is paused: it served read/write all the time."""
    refused = next(one for one in history.exchanges if one.told_in == put_in)
    changed = _changed(history, thread.line)
    before = [one for one in changed if one.told_in < refused.asked_in]
    behind = [one for one in changed if one.told_in > refused.asked_in]
    return bool(before) and behind[:1] == [thread.exchange] and thread.exchange.asked_in > put_in and (
        thread.line.association.server is refused.line.association.server
        and history.capture.now - before[-1].told_at < STEADY)


@on_response("a server that is paused amid changes", "status-paused-amid-service", shows=_changes_again)
def _(history, thread, told):
    # It carried out a change shortly before (3.1.1, 3.1.4.2). The next one shows that it went on.
    changed = _changed(history, thread.line)
    if thread.call.opnum not in (*QUERIES, *OPENS.values()) or not _succeeds(told, _status_of(thread.exchange)) or (
            not changed or changed[-1].told_in > thread.asked_in
            or history.capture.now - changed[-1].told_at > STEADY / 2):
        return False
    opens = METHODS[thread.call.opnum].opens
    thread.told = {"Status": SHARING_PAUSED, "rpc_error": SHARING_PAUSED, "result": NULL_HANDLE} if opens else {
        "result": SHARING_PAUSED}


def _just_listed(history, thread, name):
    """True if the last list had it, a moment ago, its client only opened and closed since, and nobody asked for a change."""
    mine = _of_client(history, thread.line)
    lists = [one for one in history.exchanges if one.call.opnum in (ENUM, ENUM_OF_GROUP) and one.told_in and _succeeds(one.told)]
    last = max(lists, key=lambda one: one.told_in, default=None)
    if last not in mine or last.call.opnum != ENUM or last.told_in > thread.asked_in or (
            history.capture.now - last.told_at > AT_ONCE or name not in _names_of(last.told, METHODS[thread.call.opnum].opens)):
        return False
    others = [METHODS[one.call.opnum] for one in mine if one.asked_in > last.told_in]
    return all(method.opens or method.closes for method in others) and not any(
        one.call.opnum in CHANGES and not 0 < one.told_in < last.asked_in for one in history.exchanges)


def _names_of(told, kind):
    return [entry["Name"] for entry in told["ReturnEnum"]["Entry"] if LISTED[entry["Type"]] == kind]


@on_response("what was just listed is not found", "open-not-found-though-listed", manner="curious")
def _(history, thread, told):
    kind = METHODS[thread.call.opnum].opens
    if kind not in NOT_FOUND or thread.call.opnum in CHANGES or not _succeeds(told, "Status") or (
            not _just_listed(history, thread, thread.call.values[NAMES[kind]])):
        return False
    thread.told = {"Status": NOT_FOUND[kind], "rpc_error": NOT_FOUND[kind], "result": NULL_HANDLE}


@on_response("a sequence that goes down", "notify-sequence-went-down", manner="insistent")
def _(history, thread, told):
    # It told a higher one of the same handle, and nobody can have made the object anew.
    kind = ADDS.get(thread.call.opnum)
    if kind not in ("group", "resource") or not _succeeds(told) or any(
            one.call.opnum in DELETES for one in history.exchanges):
        return False
    handle = thread.call.values[REGISTERS[kind][0]]
    mine = [one for one in _of_client(history, thread.line) if one.told_in]
    given = [one for one in mine if METHODS[one.call.opnum].opens and _is_given(one.told, handle)]
    before = max((one for one in mine if one.call.opnum == thread.call.opnum and _succeeds(one.told)
                  and one.call.values[REGISTERS[kind][0]] == handle), key=lambda one: one.told_in, default=None)
    if before is None or before.told_in > thread.asked_in or before.told["dwStateSequence"] == 0 or not given or (
            given[-1].told_in > before.asked_in):
        return False
    told["dwStateSequence"] = before.told["dwStateSequence"] - 1


def _is_given(told, handle):
    return not isinstance(told, Fault) and told["result"] == handle


@on_response("a wait that goes on when its port is closed", "notify-wait-outlived-close", manner="rude")
def _(history, thread, told):
    port = thread.call.port and thread.call.port.handle
    mine = [one for one in history.exchanges if one.line.client is thread.client and one.asked_in > thread.asked_in]
    closed = [one for one in mine if one.call.opnum == CLOSE_PORT and one.told_in and one.call.values["Notify"] == port
              and _succeeds(one.told)]
    if not port or not closed or any(one.call.opnum == UNBLOCK for one in mine):
        return False
    # Closing completes all calls that wait (3.1.4.2.57); this one is completed when nobody expects it any more.
    history.capture.at(history.capture.now + PATIENCE)


# ---------------------------------------------------------------- clients

def _param(opnum):
    return METHODS[opnum].handles[0][0]


@on_request("a handle after its close", "handle-used-after-close")
def _(history, thread, values):
    association, wanted = thread.line.association, QUERIES.get(thread.call.opnum)
    closed = [handle for kind, handle in association.closed if kind == wanted and handle in association.server.free]
    if not closed:
        return False
    association.server.free.remove(closed[0])
    values[_param(thread.call.opnum)] = closed[0]


@on_request("a handle of another type", "handle-of-wrong-type")
def _(history, thread, values):
    others = [held.handle for held in thread.client.held if held.kind != QUERIES.get(thread.call.opnum)]
    if thread.call.opnum not in QUERIES or not others or thread.client.worker:
        return False
    values[_param(thread.call.opnum)] = history.random.choice(others)


@on_request("no handle", "handle-null")
def _(history, thread, values):
    if thread.call.opnum not in QUERIES:
        return False
    values[_param(thread.call.opnum)] = NULL_HANDLE


@on_request("a handle of another client", "handle-foreign", needs=("3",))
def _(history, thread, values):
    mine = thread.line.association
    others = [held.handle for client in history.clients for held in client.held
              if client is not thread.client and not client.muted and client.association.server is mine.server
              and held.handle in client.association.contexts]
    if thread.call.opnum not in QUERIES or not others or history.version == 2:
        return False
    values[_param(thread.call.opnum)] = others[0]


@on_request("a port of the other version", "handle-port-version", needs=("3", "both ports"))
def _(history, thread, values):
    ports = [port.handle for port in thread.client.ports if port.version == 2 and not port.stopping]
    if thread.call.opnum not in ADDS or not ports:
        return False
    values["hNotify"] = ports[0]


puts(on_request, "an empty filter", "notify-filter-empty", call_of(*ADDS, *READDS), dwFilter=0)


@on_request("a filter for another kind of object", "notify-filter-foreign-bits")
def _(history, thread, values):
    kind = ADDS.get(thread.call.opnum) or READDS.get(thread.call.opnum)
    if kind is None:
        return False
    values["dwFilter"] |= FILTERS["node" if kind != "node" else "group"]


@on_request("a filter for the client's own library", "notify-filter-client-only")
def _(history, thread, values):
    if thread.call.opnum != 57:
        return False
    values["dwFilter"] |= 0x80000000


@on_request("a sequence that nobody told", "notify-sequence-never-handed-out", always=False, needs=("3", "again"))
def _(history, thread, values):
    # A client that reconnected may bring numbers from elsewhere, and so may one that fetches its events elsewhere.
    if thread.call.opnum not in READDS or thread.client.life > 1 or not any(
            port.told for port in thread.client.ports if port.handle == values["hNotify"]):
        return False
    values["StateSequence"] += 100000


puts(on_request, "a list of what does not exist", "enum-type-not-listed", call_of(7), dwType=0x100)


@on_request("an access right that means nothing", "access-unknown-bits", needs=("3", "reader"))
def _(history, thread, values):
    if "dwDesiredAccess" not in values:
        return False
    values["dwDesiredAccess"] |= 0x100


puts(on_request, "a filter of another version", "notify-v2-version", call_of(138), needs=("3", "ports of 2"), dwVersion=1)


@on_request("a flag of the client's own library", "notify-v2-client-only-flags", needs=("3", "ports of 2"))
def _(history, thread, values):
    if thread.call.opnum != 138 or values["filter"]["dwObjectType"] != 2:
        return False
    values["filter"] = {"dwObjectType": 2, "FilterFlags": 0x200}


puts(on_request, "a name of blanks", "open-name-blank", call_of(41), lpszGroupName=" \t")


@on_request("bytes behind the last parameter", "ndr-trailing-bytes")
def _(history, thread, values):
    if thread.call.opnum not in QUERIES:
        return False
    thread.call.more = bytes(8)


@on_request("a handle of what was deleted", "handle-used-after-delete")
def _(history, thread, values):
    deleted = thread.client.deleted
    if thread.call.note != "close after delete" or deleted.kind not in ("group", "resource") or thread.client.worker:
        return False
    # In the place of the close that should come now.
    thread.call.opnum = 47 if deleted.kind == "group" else 14
    values[_param(thread.call.opnum)] = deleted.handle


def _port_closed(thread, values):
    return next((port for port in reversed(thread.client.all_ports) if port.handle == values.get("Notify")), None)


@on_request("a port that nobody reads", "notify-port-never-read", needs=("3",), manner="deaf")
def _(history, thread, values):
    # On another connection somebody might have read it where nobody saw it.
    port = _port_closed(thread, values)
    return thread.call.opnum == CLOSE_PORT and bool(port.filters) and thread.line.association.connections == 1


def _closed_while_waiting(history, thread, values, version):
    # An answer may still be on its way to who asked a moment ago.
    port = _port_closed(thread, values)
    waiting = [one for one in history.threads if one.state == "waiting" and one.call.port is port]
    return thread.call.opnum == CLOSE_PORT and port.version == version and any(
        history.capture.now - one.asked_at > 2 for one in waiting)


@on_request("a port that is closed while somebody waits", "notify-close-without-unblock", needs=("3",), manner="rude")
def _(history, thread, values):
    return _closed_while_waiting(history, thread, values, 1)


@on_request("a port of version 2 that is closed while somebody waits", "notify-close-without-unblock-v2", needs=("3",),
            manner="rude")
def _(history, thread, values):
    return _closed_while_waiting(history, thread, values, 2)
