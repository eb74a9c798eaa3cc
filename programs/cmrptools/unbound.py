# SPDX-License-Identifier: GPL-2.0-or-later
"""Which connections are older than the capture, and which of them are read as ClusAPI?

Only its bind says which interface a connection calls. The plugin lists those whose bind it did not see, with what the
capture tells of their service. Those whose server speaks ClusAPI on other connections, or was named by the user, are
named to the plugin, and the capture is read again. What is certainly another service is nobody's loss. All others
may be ours: they were not judged.
"""
import argparse
import ipaddress
from collections import namedtuple
from dataclasses import dataclass, field

from .text import count, in_words

# As many as the plugin takes (plugin/base/bounds.h).
MOST_NAMED = 1000
MOST_SERVERS = 3


def endpoint(word):
    """ADDRESS:PORT as (address, port); for argparse."""
    address, _, port = word.rpartition(":")
    bracketed = address.startswith("[") and address.endswith("]")
    try:
        found = ipaddress.ip_address(address[1:-1] if bracketed else address)
        if bracketed != (found.version == 6) or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is no ADDRESS:PORT, such as 192.0.2.7:49200 or [2001:db8::7]:49200") \
            from None
    return str(found), int(port)


@dataclass
class Connection:
    """A presentation context of a connection. `name`: as the plugin takes it, if it is no named pipe; `service`: clusapi,
    other or unknown."""
    name: str
    pipe: bool
    service: str
    requests: int
    sealed: int
    responses: int

    @property
    def server(self):
        return endpoint(self.name.partition("-")[2].partition("/")[0])

    @property
    def can_be_named(self):
        return not self.pipe


def connections(told):
    """Those that the summary of cmrp,json lists."""
    return [Connection(**one) for one in told]


# What the user says of servers: endpoints as endpoint() gives them, and ports that stand for any server.
Said = namedtuple("Said", "servers others ports", defaults=[frozenset()] * 3)


@dataclass
class Unbound:
    """The connections of a capture that are older than it: those that are read, and those that nobody reads."""
    named: list = field(default_factory=list)
    left: list = field(default_factory=list)

    @property
    def arguments(self):
        """For tshark."""
        return ["-o", f"cmrp.unbound:{' '.join(one.name for one in self.named)}"] if self.named else []

    @property
    def assumed(self):
        return sum(one.requests - one.sealed for one in self.named)

    @property
    def late(self):
        """Requests that nobody read; or answers, where nothing else was captured."""
        return sum(one.requests for one in self.left) or sum(one.responses for one in self.left)

    def reason(self, cut_short=False):
        """A sentence about what nobody read, and what would help. `cut_short`: the capture does not hold all frames wholly."""
        noun = "request" if any(one.requests for one in self.left) else "answer"
        servers = list(dict.fromkeys(in_words(*one.server) for one in self.left))
        more = f" and {len(servers) - MOST_SERVERS} more" if len(servers) > MOST_SERVERS else ""
        where = ", ".join(servers[:MOST_SERVERS]) + more
        why = "their bind was cut short, or is older than the capture" if cut_short else "the capture begins after their bind"
        return (f"{count(self.late, noun)} on {count(len(self.left), 'connection')} whose interface is unknown: {why}. If {where} {'is a' if len(servers) == 1 else 'are'} cluster "
                f"{'service' if len(servers) == 1 else 'services'}, --server reads them; if not, --not-server leaves them out.")


def choose(connections, said):
    """The Unbound of a capture."""
    chosen = Unbound()
    for one in connections:
        is_named = one.server in said.servers or (one.server[1] in said.ports and one.service != "other")
        if one.server in said.others or (one.service == "other" and not is_named):
            continue
        wanted = one.can_be_named and one.requests and (one.service == "clusapi" or is_named)
        (chosen.named if wanted and len(chosen.named) < MOST_NAMED else chosen.left).append(one)
    return chosen
