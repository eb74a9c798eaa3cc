# SPDX-License-Identifier: GPL-2.0-or-later
"""What is a finding, and what is said of a capture as a whole?"""
from dataclasses import asdict, dataclass, field

from .text import printable
from .unbound import Unbound

# From the strongest to the weakest.
LEVELS = ("MUST", "SHOULD", "suspicion")


@dataclass
class Finding:
    capture: str
    frame: int
    level: str
    section: str
    rule: str
    text: str
    evidence: list            # numbers of the frames that prove it
    evidence_in: list = None  # the captures of these frames, if not all of them are in the finding's own
    time: str = None          # ISO 8601, UTC
    source: str = None        # address and port
    destination: str = None
    method: str = None
    object: str = None        # the handle that it is about, as type and name: HGROUP "Cluster Group"
    handles: list = None      # all handles of the PDU: dictionaries of id, type, name

    def as_json(self):
        # Not asdict(), which copies whatever is within: there are captures with a million findings.
        return {"type": "finding", **{name: value for name, value in vars(self).items() if value is not None}}

    def as_line(self, paint=lambda level: level):
        """`paint`: puts a colour around the level."""
        frames = ", ".join(f"{capture}:{frame}" for capture, frame in zip(self.evidence_in, self.evidence)) \
            if self.evidence_in else ", ".join(map(str, self.evidence))
        proof = f" (frame{'s' if len(self.evidence) > 1 else ''} {frames})" if frames else ""
        section = f"{self.section} " if self.section else ""
        start = printable(f"{self.capture}:{self.frame}: ")
        return start + paint(self.level) + printable(f" {section}{self.rule}: {self.text}{proof}{self.in_brackets()}")

    def in_brackets(self):
        """Where in the traffic it is."""
        handles = [f"{one['type']} #{one['id']}" + (f' "{one["name"]}"' if one["name"] else "")
                   for one in self.handles or []]
        ends = f"{self.source} → {self.destination}" if self.source and self.destination else None
        said = ", ".join(word for word in (self.method, *handles, ends, self.time) if word)
        return f" [{said}]" if said else ""


@dataclass
class Counts:
    """How much of the interface a capture holds; sums are associative."""
    frames: int = 0
    calls: int = 0            # requests that could be read
    pdus: int = 0             # requests and responses that could be read
    encrypted_calls: int = 0  # requests that could not be read since they are encrypted
    encrypted: int = 0        # requests and responses that could not be read since they are encrypted
    doubtful: int = 0         # requests and responses that Wireshark may have decrypted wrongly
    late: int = 0             # requests that may be calls, on connections whose bind is not in the capture
    assumed: int = 0          # requests on such connections that were taken for calls, for their server's sake
    unfit: int = 0            # requests and responses of these that do not read as ClusAPI's
    cut_short: int = 0        # frames with, or maybe with, a PDU that the capture does not hold wholly

    def __add__(self, other):
        return Counts(**{name: value + getattr(other, name) for name, value in asdict(self).items()})


@dataclass
class Verdict:
    """What was found in one capture.

    `error` is a sentence when it could not be read to its end; `unread` are sentences about calls that could not be read,
    see unread.reasons().
    """
    capture: str
    counts: Counts = field(default_factory=Counts)
    findings: list = field(default_factory=list)
    unread: list = field(default_factory=list)
    unbound: Unbound = None    # None: nothing is known yet
    accepted: int = 0          # findings that a baseline took out
    error: str = None

    def not_read(self, allow_unread=False):
        """Sentences about what keeps this from being a verdict about the whole capture."""
        return [*([self.error] if self.error else []), *([] if allow_unread else self.unread)]


@dataclass(frozen=True)
class Selection:
    """Which findings count."""
    level: str = LEVELS[-1]
    rules: tuple = ()
    not_rules: tuple = ()

    def takes(self, level, rule):
        if level in LEVELS and LEVELS.index(level) > LEVELS.index(self.level):
            return False
        if self.rules and not any(matches(pattern, rule) for pattern in self.rules):
            return False
        return not any(matches(pattern, rule) for pattern in self.not_rules)


def matches(pattern, rule):
    """A rule id, or the beginning of several with a `*` at its end."""
    return rule.startswith(pattern[:-1]) if pattern.endswith("*") else rule == pattern
