# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a person see who opens every window of the plugin?

    tour.py CAPTURE FRAME HANDLE_FRAME REAL_CAPTURE FOLDER

FRAME is a frame with a finding, which is shown in full. HANDLE_FRAME is one with two handles, which are followed.
Of REAL_CAPTURE only the tables are opened. FOLDER takes pictures of all windows, and what was seen as seen.json, which
tests/extra/test_gui.py judges.
"""
import json
import sys
from pathlib import Path

from desktop import HEADERS, Desktop, act_until, cell, children, click, is_selected, label, settled, type_keys, wait_for

# Menu entry, title, and size of the window.
TABLES = {
    "handles": ("Context Handles", "ClusAPI Context Handles", (1000, 300)),
    "findings": ("Findings", "ClusAPI Findings", (1080, 280)),
    "srt": ("Response Times", "CMRP Service Response Time", (760, 340)),
    "notify": ("Notification Ports", "ClusAPI Notification Ports", (1000, 260)),
}
OPTIONS = ("-C", "ClusAPI", "-o", "gui.autocomplete_filter:FALSE")


class Tour:
    def __init__(self, wireshark, pictures):
        self.wireshark = wireshark
        self.pictures = pictures
        self.seen = {}
        self.opened = []

    def picture(self, window, name):
        window.focus()
        window.picture(self.pictures / f"{name}.png")

    def main_window(self, frame):
        w = self.wireshark
        self.seen["title"] = w.main.title
        self.seen["texts"] = w.main.texts()
        packets = next(tree for tree in w.main.trees() if label(tree) == "Packet list")
        self.seen["columns"] = [label(node) for node in children(packets) if node.getRoleName() in HEADERS]
        w.main.resize(1400, 960)
        w.choose("View", "Packet Bytes")
        w.filter("cmrp")
        self.seen["columns in sight"] = w.main.columns_in_sight(packets)
        w.go_to(frame)
        details = lambda: next(tree for tree in w.main.trees() if label(tree) == "Packet details")
        top = wait_for(lambda: next(c for c in children(details()) if label(c).startswith("Failover Cluster")), "the tree")
        click(top)
        type_keys("Right")
        handle = wait_for(lambda: next(c for c in children(details()) if label(c).startswith("hGroup")), "the handle")
        click(handle)
        type_keys("Right")
        self.seen["tree"] = [label(node) for node in children(details())]
        self.picture(w.main, "packets")

    def menus(self):
        self.seen["menu"] = self.wireshark.menu("Statistics", "ClusAPI")
        self.seen["statistics"] = self.wireshark.menu("Statistics")

    def table(self, name):
        entry, title, size = TABLES[name]
        window = self.wireshark.open(title, "Statistics", "ClusAPI", entry)
        self.opened.append(window)
        wait_for(lambda: window.table()[1], f"rows of {title}")
        in_sight = settled(window.columns_in_sight)
        window.resize(*size, 40, 40)
        self.seen[name] = {"title": window.title, "table": settled(window.table), "in sight": in_sight}
        self.picture(window, name)
        return window

    def tree(self):
        window = self.wireshark.open("ClusAPI Calls", "Statistics", "ClusAPI Calls")
        self.opened.append(window)
        wait_for(lambda: window.table()[1], "rows of the tree")
        window.resize(830, 900, 40, 40)
        self.seen["calls"] = {"title": window.title, "table": settled(window.table)}
        self.picture(window, "calls")

    def filtered(self, window, filter):
        """The rows of a table of statistics with a display filter."""
        before = window.table()
        window.type_into("Display filter entry", filter)
        window.press("Apply")
        return wait_for(lambda: window.table() != before and window.table()[1], f"rows for {filter}")

    def row_as_filter(self, window):
        """A row of response times becomes the display filter: the first entry of its menu, and of the submenu of that."""
        window.focus()
        click(window.cell("ApiOpenGroup"), button=3)
        type_keys("Down", "Right", "Return")
        self.seen["row as filter"] = wait_for(self.wireshark.display_filter, "the filter")
        self.wireshark.filter("cmrp")

    def more_handles(self):
        """One more window of context handles."""
        window = self.wireshark.open("ClusAPI Context Handles", "Statistics", "ClusAPI", "Context Handles")
        self.opened.append(window)
        wait_for(lambda: window.table()[1], "rows of one more window")
        return window

    def sorted(self, window, column):
        """Click on the head of a column; the rows, as they stand then."""
        window.focus()
        click(window.header(column))
        return settled(lambda: window.table()[1])

    def two_windows(self, first):
        """A second window of a kind takes its rows anew, with a filter; the first one can still be sorted."""
        second = self.more_handles()
        self.seen["filtered"] = self.filtered(second, 'cmrp.handle.type == "HNOTIFY_RPC"')
        for column in ("Name", "Opened in"):
            self.seen[f"sorted by {column}"] = self.sorted(first, column)

    def reload(self, first):
        """The capture is read anew below an open window, which keeps its rows; a new window has the same ones."""
        self.wireshark.choose("View", "Reload")
        wait_for(lambda: "Displayed" in self.wireshark.status(), "the capture")
        self.seen["kept"] = self.sorted(first, "cmrp.handle.id")
        self.seen["after reload"] = self.more_handles().table()[1]

    def close_all(self):
        """Last of all: once a window was closed, Qt may not show the next one on the accessibility bus."""
        while self.opened:
            self.opened.pop().close()

    def filters(self, frame):
        """Entries and buttons that make display filters."""
        w = self.wireshark
        self.seen["filters"] = made = {}

        def note(name, expected):
            wait_for(lambda: w.display_filter() in (expected, f"({expected})"), expected)
            made[name] = [w.display_filter(), settled(w.status)]

        w.choose("Statistics", "ClusAPI", "Show Packets with Findings")
        note("findings", "cmrp.finding")
        w.choose("Statistics", "ClusAPI", "Show Failed Calls")
        note("failed", 'cmrp.outcome in {"failure", "fault"}')
        w.filter("cmrp")
        w.go_to(frame)
        w.main.press("This handle")
        note("button", "cmrp.handle.id == ${cmrp.handle.id}")
        w.filter("cmrp")
        w.go_to(frame)
        entries = w.menu("Analyze", "Conversation Filter")
        self.seen["conversation"] = [entry for entry in entries if "ClusAPI" in entry]
        w.choose("Analyze", "Conversation Filter", "ClusAPI Other Handle")
        wait_for(lambda: w.display_filter().startswith("cmrp.handle.id == "), "the filter")
        made["followed"] = [w.display_filter(), settled(w.status)]
        w.filter("")

    def flow(self):
        window = self.wireshark.open("Flow", "Statistics", "Flow Graph")
        self.opened.append(window)
        window.resize(1200, 760, 40, 40)
        before = wait_for(lambda: [text for text in window.texts() if "item(s)" in text], "the graph")
        window.choose("All Flows", "ClusAPI calls")
        wait_for(lambda: before[0] not in window.texts(), "the graph of calls")
        self.seen["flow"] = {"title": window.title, "texts": window.texts()}
        self.picture(window, "flow")

    def preferences(self):
        window = self.wireshark.open("Preferences", "Edit", "Preferences…")
        window.resize(1000, 640, 40, 40)
        window.focus()
        pages = next(tree for tree in window.trees() if "Appearance" in [label(node) for node in children(tree, 9)])
        protocols = cell(pages, "Protocols")
        act_until(lambda: is_selected(protocols), lambda: click(protocols), "the choice of Protocols")
        type_keys("Right")
        # The list is long: typing leads to the page.
        page = cell(pages, "CMRP")
        act_until(lambda: is_selected(page), lambda: type_keys("C", "M", "R", "P"), "the choice of CMRP")
        self.seen["preferences"] = window.showing()
        self.picture(window, "preferences")
        window.press("Cancel")


def visit_all(tour, frame, handle_frame):
    tour.menus()
    tour.main_window(frame)
    handles = tour.table("handles")
    tour.table("findings")
    tour.row_as_filter(tour.table("srt"))
    tour.tree()
    tour.two_windows(handles)
    tour.reload(handles)
    tour.flow()
    tour.filters(handle_frame)
    tour.preferences()


def visit_tables(tour):
    for name in ("handles", "findings", "notify"):
        tour.table(name)


def main(capture, frame, handle_frame, real_capture, folder):
    folder, seen = Path(folder), {}
    visits = {"story": (capture, lambda tour: visit_all(tour, int(frame), int(handle_frame))),
              "real": (real_capture, visit_tables)}
    with Desktop((1400, 1000)) as desktop:
        for name, (path, visit) in visits.items():
            pictures = folder / name
            pictures.mkdir()
            wireshark = desktop.start(path, *OPTIONS)
            tour = Tour(wireshark, pictures)
            try:
                visit(tour)
                tour.close_all()
                tour.seen["exit code"] = wireshark.quit()
            except Exception:
                desktop.picture(folder / "trouble.png")
                raise
            finally:
                tour.seen["log"] = wireshark.log()
                seen[name] = tour.seen
    (folder / "seen.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
