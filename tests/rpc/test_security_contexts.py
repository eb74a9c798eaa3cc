# SPDX-License-Identifier: GPL-2.0-or-later
"""Is each PDU read by the security context that its own trailer names, whichever bind brought it?
"""
import re

import pytest
from support import keys

NAME = 'HGROUP "Lab File Server"'
BEGIN = ["ApiGetClusterName request", 'ApiGetClusterName response, "LABCLUSTER", "node1"',
         "ApiOpenCluster request", 'ApiOpenCluster response, HCLUSTER "LABCLUSTER"',
         "ApiCreateEnum request, NODE", "ApiCreateEnum response"]
ROUND = [*BEGIN[:2], 'ApiOpenGroup request "Lab File Server"', f"ApiOpenGroup response, {NAME}", *BEGIN[4:],
         f"ApiGetGroupState request, {NAME}", 'ApiGetGroupState response, ClusterGroupOnline, "node1"',
         f"ApiCloseGroup request, {NAME}", f"ApiCloseGroup response, {NAME} closed"]
END = ['ApiCloseCluster request, HCLUSTER "LABCLUSTER"', 'ApiCloseCluster response, HCLUSTER "LABCLUSTER" closed']
# Nobody has asked for the name of the cluster yet.
TWO = ["ApiOpenCluster request", "ApiOpenCluster response, HCLUSTER", *ROUND, *ROUND, *ROUND, *ROUND, *END]
CAPTURES = {
    "two-securities-kerberos-ntlm": TWO,
    "two-securities-ntlm-kerberos": TWO,
    "other-bind-sealed-kerberos": [*BEGIN, *ROUND, *END],
    "other-bind-sealed-spnego": [*BEGIN, *ROUND, *END],
}


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", CAPTURES)
def test_each_pdu_is_read_by_its_own_context(tshark, captures_dir, name, passes):
    infos = tshark.info(captures_dir / f"{name}.pcapng", "dcerpc.pkt_type in {0, 2}", [*keys.of(name), *passes])
    assert [re.sub(r" #\d+", "", info) for info in infos] == CAPTURES[name]


@pytest.mark.parametrize("name", CAPTURES)
def test_without_keys_nothing_is_claimed(tshark, captures_dir, name):
    """Security that came with another interface, or with the last of several alter_contexts, is security as well."""
    assert tshark.fields(captures_dir / f"{name}.pcapng", ["frame.number", "cmrp.finding"], "cmrp.finding") == []
