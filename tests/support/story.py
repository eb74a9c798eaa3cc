# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in the capture by which statistics and windows are judged?

Two clients of one server. The first opens a cluster, two groups and a notification port; it asks for what does not
exist, uses a handle that it closed, and waits in vain for a notification. The second opens a group, closes nothing
and hangs up.

    story = Story(model, capture)
    story.frames["open group"]   -> number of the frame of the response
"""
from .calls import ENCODINGS, NULL_HANDLE, Calls, handle

CLIENT, OTHER_CLIENT = "10.0.0.1", "10.0.0.3"
SERVER = "10.0.0.2:49200"
GROUP_NOT_FOUND, SHARING_PAUSED, INVALID_HANDLE = 5013, 70, 6
SERVER_TOO_BUSY = 0x1C010014
GROUP_STATE = 0x1000
CLUSTER, GROUP, PRINTERS, PORT, OTHER_GROUP = range(1, 6)
ALL_LIVES = (CLUSTER, GROUP, PRINTERS, PORT, OTHER_GROUP)

# How the calls of each method end: succeeded, failed, fault, unanswered.
OUTCOMES = {
    "ApiOpenCluster": (1, 0, 0, 0),
    "ApiOpenGroup": (3, 1, 0, 0),
    "ApiCreateNotify": (1, 0, 0, 0),
    "ApiAddNotifyGroup": (1, 0, 0, 0),
    "ApiGetGroupState": (1, 0, 0, 0),
    "ApiOnlineGroup": (0, 1, 0, 0),
    "ApiCloseGroup": (1, 0, 0, 0),
    "ApiReAddNotifyGroup": (0, 1, 0, 0),
    "ApiGetNotify": (0, 0, 1, 1),
}
STATUSES = {"ERROR_SUCCESS": 8, "ERROR_GROUP_NOT_FOUND": 1, "ERROR_SHARING_PAUSED": 1, "ERROR_INVALID_HANDLE": 1}


class Story:
    def __init__(self, model, capture, encoding=ENCODINGS["3-ndr"]):
        self.path = capture
        self.frames = {}
        self._tell(Calls(model, capture, encoding, client=(CLIENT, 50001)),
                   lambda: Calls(model, capture, encoding, assoc_group=0x5678, client=(OTHER_CLIENT, 50002)))
        capture.close()

    def rows(self):
        """What cmrp,handles says of each life: all but the times."""
        f = self.frames
        of_first = (SERVER, CLIENT)
        return [
            [CLUSTER, "HCLUSTER_RPC", "", f["open cluster"], 0, "open", 0, *of_first],
            [GROUP, "HGROUP_RPC", "Lab File Server", f["open group"], f["close group"], "closed", 3, *of_first],
            [PRINTERS, "HGROUP_RPC", "Print Server", f["open printers"], 0, "open", 1, *of_first],
            [PORT, "HNOTIFY_RPC", "port 1", f["create port"], 0, "open", 4, *of_first],
            [OTHER_GROUP, "HGROUP_RPC", "Print Server", f["open other"], f["hang up"], "run down", 0, SERVER, OTHER_CLIENT],
        ]

    def _tell(self, first, start_second):
        f = self.frames
        cluster, group, printers, port, other = (handle(number * 16) for number in ALL_LIVES)
        first.request(0)
        f["open cluster"] = first.response(Status=0, result=cluster)
        f["open group"] = first.open_group("Lab File Server", group)
        f["open printers"] = first.open_group("Print Server", printers)
        f["create port"] = first.create_notify(port)
        f["add request"] = first.request(59, hNotify=port, hGroup=group, dwFilter=GROUP_STATE, dwNotifyKey=7)
        f["add"] = first.response(dwStateSequence=1, rpc_status=0, result=0)
        f["state request"] = first.request(45, hGroup=group)
        f["state"] = first.response(State=0, NodeName="NODE1", rpc_status=0, result=0)
        first.request(49, hGroup=printers)
        f["online fails"] = first.response(rpc_status=0, result=SHARING_PAUSED)
        first.request(41, lpszGroupName="No Such Group")
        f["no such group"] = first.response(Status=GROUP_NOT_FOUND, rpc_status=0, result=NULL_HANDLE)
        second = start_second()
        f["open other"] = second.open_group("Print Server", other)
        f["close request"] = first.request(44, Group=group)
        f["close group"] = first.response(Group=NULL_HANDLE, result=0)
        f["used after close"] = first.request(
            63, hNotify=port, hGroup=group, dwFilter=GROUP_STATE, dwNotifyKey=8, StateSequence=1)
        f["invalid handle"] = first.response(rpc_status=0, result=INVALID_HANDLE)
        first.request(65, hNotify=port)
        f["fault"] = first.conn.fault(SERVER_TOO_BUSY)
        # The last of the frames that end a connection only acknowledges.
        f["hang up"] = second.conn.fin() - 1
        f["waits"] = first.request(65, hNotify=port)
