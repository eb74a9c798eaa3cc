# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin live beside what Wireshark has built in: the old dissector, its filters and colours?"""
import pytest
from support import sandbox

USE_BUILTIN = ["-o", "cmrp.use_builtin:TRUE"]
CAPTURES = ["notify-ndr", "smbtorture-group-ndr64", "smbtorture-resource-bigendian", "notify-v2-ndr", "notify-udp",
            "fragments-ndr"]
OPEN_GROUP = 41


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one-pass", "two-passes"])
def test_with_the_preference_all_is_as_without_the_plugin(tshark, captures_dir, name, passes):
    pcap = captures_dir / f"{name}.pcapng"
    for output in (["-T", "json"], ["-V"], []):
        ours = tshark.read(pcap, [*output, *passes, *USE_BUILTIN]).stdout
        assert ours == tshark.read(pcap, [*output, *passes], plugin=False).stdout
        assert "CMRP" not in ours


def test_the_builtins_own_fields_are_back(tshark, captures_dir):
    pcap = captures_dir / "smbtorture-group-ndr.pcapng"
    groups = "clusapi.clusapi_OpenGroup.lpszGroupName"
    filter = f"clusapi.opnum == {OPEN_GROUP}"
    rows = tshark.fields(pcap, ["clusapi.opnum", groups, "cmrp.opnum"], filter, USE_BUILTIN)
    assert any(row == [str(OPEN_GROUP), "Cluster Group", ""] for row in rows)
    # Without the preference the same filter finds the same frames, and the fields are the plugin's.
    numbers = tshark.fields(pcap, ["frame.number"], filter, USE_BUILTIN)
    assert numbers == tshark.fields(pcap, ["frame.number"], filter)
    rows = tshark.fields(pcap, ["cmrp.opnum", "cmrp.lpszGroupName", groups], filter)
    assert any(row == [str(OPEN_GROUP), "Cluster Group", ""] for row in rows)


def test_response_times_are_the_builtins(tshark, captures_dir):
    wanted = "dcerpc,srt,b97db8b2-4c63-11cf-bff6-08002be23f2f,3.0"
    text = tshark.read(captures_dir / "smbtorture-group-ndr.pcapng", ["-q", "-z", wanted, *USE_BUILTIN]).stdout
    assert "OpenGroup" in text
    assert "ApiOpenGroup" not in text


# When a capture is opened, the preference changes as it does when the user changes it in the dialog.
SWITCH = """
local switch = Proto("cmrp_switch", "Changes the preference")
function switch.init()
    local file = io.open(os.getenv("HOME") .. "/wanted")
    set_preference("cmrp.use_builtin", file:read("*l") == "builtin")
    file:close()
    apply_preferences()
end
"""


@pytest.fixture
def home():
    """A home folder with the script. Applying preferences also saves them."""
    folder = sandbox.sandbox().new_folder()
    scripts, settings = folder / ".local/lib/wireshark/plugins", folder / ".config/wireshark"
    for path in (scripts, settings):
        path.mkdir(parents=True)
    (scripts / "switch.lua").write_text(SWITCH)
    for path in folder.rglob("*"):
        path.chmod(0o644 if path.is_file() else 0o777)
    return folder


def test_the_preference_works_without_a_restart(tshark, sharkd, captures_dir, home):
    pcap = captures_dir / "smbtorture-group-ndr.pcapng"
    frames = [int(row[0]) for row in tshark.fields(pcap, ["frame.number"], f"cmrp.opnum == {OPEN_GROUP}")][:4]
    (home / "wanted").write_text("plugin")
    session = sharkd(pcap, env={"HOME": str(home)})
    texts = []
    for wanted in ("plugin", "builtin") * 3:
        (home / "wanted").write_text(wanted)
        session.load(pcap)
        texts.append([session.labels(number) for number in frames])
        shown = {row["c"][4] for row in session.frames() if row["num"] in frames}
        assert shown == {"CMRP" if wanted == "plugin" else "CLUSAPI"}
    assert texts[0] == texts[2] == texts[4]
    assert texts[1] == texts[3] == texts[5]
    assert any("Operation: ApiOpenGroup" in line for line in texts[0][0])
    assert any("Operation: OpenGroup" in line for line in texts[1][0])


def test_a_disabled_protocol_leaves_bytes(tshark, captures_dir):
    pcap = captures_dir / "notify-ndr.pcapng"
    extra = ["--disable-protocol", "cmrp"]
    assert tshark.fields(pcap, ["frame.number"], "cmrp || clusapi", extra) == []
    rows = tshark.fields(pcap, ["dcerpc.stub_data"], "dcerpc.pkt_type == 2", extra)
    assert any(row[0] for row in rows)


def test_colouring_rules_for_the_builtin_still_match(tshark, captures_dir, home):
    (home / ".local/lib/wireshark/plugins/switch.lua").unlink()
    (home / ".config/wireshark/colorfilters").write_text(
        f"@opened@clusapi.opnum == {OPEN_GROUP}@[0,0,0][65535,65535,65535]\n"
        "@cluster@clusapi@[0,0,0][65535,65535,65535]\n")
    rows = tshark.fields(captures_dir / "smbtorture-group-ndr.pcapng", ["cmrp.opnum", "frame.coloring_rule.name"],
                         "cmrp", ["--color"], env={"HOME": str(home)})
    assert len(rows) > 10
    # --color puts escapes around each line.
    names = {(row[0].split("m")[-1], row[1].split("\x1b")[0]) for row in rows}
    assert {name for opnum, name in names if opnum == str(OPEN_GROUP)} == {"opened"}
    assert {name for opnum, name in names if opnum != str(OPEN_GROUP)} == {"cluster"}
