# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a program use Wireshark's windows as a person does?

    with Desktop(size=(1400, 900)) as desktop:
        wireshark = desktop.start(capture)
        window = wireshark.open("Context Handles", "Statistics", "ClusAPI", "Context Handles")
        window.table() -> (["Id", …], [["1", "HGROUP_RPC", …], …])
        window.picture("handles.png")

An X server without a screen (Xvfb) and the accessibility bus, by which screen readers see menus, buttons and
cells. To be run with the user and the environment that Wireshark is to have.
"""
import contextlib
import importlib
import os
import re
import subprocess
import time

# pyatspi, by which all this is done. Imported when the window is there: who asks too early is told, for ever, that
# the program has no windows.
pyatspi = None

# Seconds: for a machine that is busy with much else.
STARTING = 180
WAITING = 90
# Roles by which Qt shows the cells and the headers of tables and trees.
HEADERS = ("table column header", "column header")
CELLS = ("table cell", "tree item", "list item")


class Missing(Exception):
    """Something did not appear in time."""


def wait_for(find, what, seconds=WAITING):
    """What `find` returns, as soon as it is true."""
    end = time.monotonic() + seconds
    while True:
        trouble = None
        try:
            found = find()
            if found:
                return found
        except Exception as error:
            # A window that is being built or torn down answers with errors.
            trouble = error
        if time.monotonic() > end:
            raise Missing(f"{what} did not appear within {seconds} s") from trouble
        time.sleep(0.1)


def children(node, most=100_000):
    """What is right below a node, or the first of it: each costs a question on the bus."""
    found = []
    for index in range(min(node.childCount, most)):
        # What was just closed is on the list, but does not answer.
        with contextlib.suppress(Exception):
            found.append(node.getChildAtIndex(index))
    return [child for child in found if child is not None]


def walk(node):
    """The node and all that is below it; menus and the cells of tables are left to those who want them."""
    yield node
    if node.getRoleName() in ("tree", "table", "tree table", "menu bar"):
        return
    for child in children(node):
        yield from walk(child)


def label(node):
    """The text of a menu entry or a button, without the mark of its short cut."""
    return node.name.replace("&", "").strip()


def is_selected(node):
    return node.getState().contains(pyatspi.STATE_SELECTED)


def cell(tree, text):
    """The first cell with this text."""
    return wait_for(lambda: next((node for node in children(tree) if label(node) == text), None), f"the cell {text!r}")


def right_of(node):
    """Where what is shown on the screen ends."""
    place = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    return place.x + place.width


def click(node, button=1):
    """Click on the middle of what is shown on the screen."""
    place = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    subprocess.run(["xdotool", "mousemove", str(place.x + place.width // 2), str(place.y + place.height // 2),
                    "click", str(button)], check=True)


def type_keys(*keys):
    """Press keys in the window that has the keyboard: "Right", "ctrl+r"; the name of a letter is the letter."""
    subprocess.run(["xdotool", "key", "--delay", "30", *keys], check=True)


def press(node):
    """Do what a click on it does."""
    action = node.queryAction()
    for name in ("Press", "ShowMenu", "Toggle"):
        for index in range(action.nActions):
            if action.getName(index) == name:
                action.doAction(index)
                return
    raise Missing(f"{node.name!r} cannot be clicked")


def act_until(done, act, what, patience=5):
    """Do something, and do it again when `done` is not true for a while: a click can come before its window is there."""
    def try_once():
        act()
        return wait_for(done, what, patience)

    return wait_for(try_once, what)


def settled(read, pause=0.2):
    """What `read` returns, as soon as it returns the same twice."""
    last = []

    def same():
        last.append(read())
        time.sleep(pause)
        return len(last) > 1 and last[-1] == last[-2]

    wait_for(same, "rest")
    return last[-1]


def numbers(title):
    """The X server's numbers of the windows on the screen whose title contains `title`."""
    words = ["xdotool", "search", "--onlyvisible", "--name", re.escape(title)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


class Desktop:
    def __init__(self, size=(1400, 900)):
        self.size = size
        self._processes = []

    def __enter__(self):
        width, height = self.size
        number = self._told(["Xvfb", "-displayfd", "{}", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp",
                             "-noreset"])
        os.environ["DISPLAY"] = f":{number}"
        # The buses come after the screen: what they start wants to know of it.
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = self._told(["dbus-daemon", "--session", "--nofork",
                                                             "--print-address={}"])
        # Qt uses the accessibility bus unasked only if it is named here.
        words = ["dbus-send", "--session", "--print-reply=literal", "--dest=org.a11y.Bus", "/org/a11y/bus",
                 "org.a11y.Bus.GetAddress"]
        answer = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        os.environ["AT_SPI_BUS_ADDRESS"] = answer.strip()
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()

    def picture(self, path):
        """A picture of the whole screen."""
        subprocess.run(["import", "-window", "root", str(path)], check=True)

    def start(self, capture, *args, program="wireshark"):
        """Start Wireshark and wait until it has read the capture."""
        log = open("wireshark.log", "w+")
        process = self._run([program, "-r", capture, *args], stdout=log, stderr=subprocess.STDOUT)
        shown = wait_for(lambda: numbers(os.path.basename(capture)) or process.poll() is not None, "Wireshark's window",
                         STARTING)
        globals()["pyatspi"] = importlib.import_module("pyatspi")
        # Windows come and go: what was true a moment ago is not to be believed.
        pyatspi.Registry.getDesktop(0).set_cache_mask(pyatspi.Atspi.Cache.NONE)
        # Milliseconds; else a program has less than one second to answer.
        pyatspi.Atspi.set_timeout(WAITING * 1000, STARTING * 1000)
        if shown is True:
            log.seek(0)
            raise SystemExit(f"Wireshark ended: {log.read()}")
        return Wireshark(process, log, shown[0])

    def _told(self, words):
        """Start a program; the line that it writes to the descriptor {}."""
        reader, writer = os.pipe()
        self._run([word.format(writer) for word in words], pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            return pipe.readline().strip()

    def _run(self, words, **options):
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, **options)
        self._processes.append(process)
        return process


class Wireshark:
    def __init__(self, process, log, number):
        self.process = process
        self._log = log
        self.main = Window(wait_for(self._main_window, "Wireshark's window", STARTING), number)
        wait_for(lambda: any("Packets: " in label(node) for node in walk(self.main.node)), "the capture", STARTING)

    def log(self):
        """What Wireshark said on the terminal."""
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def quit(self):
        """End it as a person does; its exit code."""
        self.choose("File", "Quit")
        return self.process.wait(WAITING)

    def open(self, part, *path):
        """Click on a menu entry that opens a window; the new window, whose title contains `part`."""
        before, shown_before = self._windows(part), numbers(part)
        self.choose(*path)
        node = wait_for(lambda: next(node for node in self._windows(part) if node not in before), f"the window {part!r}")
        number = wait_for(lambda: next(number for number in numbers(part) if number not in shown_before), f"{part!r} on the screen")
        return Window(node, number)

    def filter(self, text):
        """Apply a display filter."""
        entry = self._filter_entry()
        self.main.focus()
        # Set as a whole, the text calls no list of completions.
        entry.queryEditableText().setTextContents(text)
        entry.queryComponent().grabFocus()
        type_keys("Return")
        wait_for(lambda: self.display_filter() == text, f"the filter {text!r}")

    def go_to(self, frame):
        """Select a packet."""
        self.choose("Go", "Go to Packet…")
        bar = self.main.find("label", "Packet:").parent
        number = next(node for node in children(bar) if node.getRoleName() == "text")
        number.queryEditableText().setTextContents(str(frame))
        press(next(node for node in children(bar) if label(node) == "Go to packet"))
        wait_for(lambda: any(label(cell).startswith(f"Frame {frame}:") for tree in self.main.trees()
                             for cell in children(tree, 3)), f"frame {frame}")

    def menu(self, *path):
        """The entries of a menu."""
        return [label(entry) for entry in self._entries(path)]

    def choose(self, *path):
        """Click on a menu entry."""
        press(self._entry(path))

    def display_filter(self):
        """The display filter that stands in the main window."""
        return self._filter_entry().queryText().getText(0, -1)

    def _filter_entry(self):
        bar = next(node for node in children(self.main.node) if label(node) == "Display Filter Toolbar")
        return next(node for node in walk(bar) if node.getRoleName() == "text")

    def status(self):
        """The status bar: "Packets: 62 · Displayed: 30 (48.4%)"."""
        return next(label(node) for node in walk(self.main.node) if label(node).startswith("Packets: "))

    def _main_window(self):
        return next(window for window in self._windows("") if window.getRoleName() == "frame")

    @staticmethod
    def _windows(part):
        desktop = pyatspi.Registry.getDesktop(0)
        found = []
        for program in children(desktop):
            for window in children(program):
                with contextlib.suppress(Exception):
                    if program.name == "Wireshark" and window.name and part in window.name:
                        found.append(window)
        return found

    def _entry(self, path):
        return wait_for(lambda: next((e for e in self._entries(path[:-1]) if label(e) == path[-1]), None),
                        "the menu entry " + " > ".join(path))

    def _entries(self, path):
        entries = children(next(node for node in children(self.main.node) if node.getRoleName() == "menu bar"))
        for name in path:
            entry = next(entry for entry in entries if label(entry) == name)
            entries = children(children(entry)[0])
        return entries


class Window:
    """A window: its node on the accessibility bus, and its number on the X server."""

    def __init__(self, node, number):
        self.node = node
        self._number = number

    @property
    def title(self):
        return self.node.name

    def find(self, role, name=None):
        """The first thing of this role, and of this name, in the window."""
        return wait_for(lambda: next((node for node in walk(self.node) if node.getRoleName() == role
                                      and name in (None, label(node))), None), f"{role} {name!r} in {self.title!r}")

    def texts(self):
        """Every text in the window outside of tables."""
        return [label(node) for node in walk(self.node) if label(node)]

    def showing(self):
        """Every text outside of tables that is on the screen now."""
        return [label(node) for node in walk(self.node)
                if label(node) and node.getState().contains(pyatspi.STATE_SHOWING)]

    def press(self, name, role="push button"):
        press(self.find(role, name))

    def choose(self, shown, name):
        """Choose an entry, by its first letter, of the combo box that shows another one."""
        self.focus()
        # The places of the entries in the list that opens are not told right, so keys must do.
        click(self.find("combo box", shown))
        type_keys(name[0], "Return")
        self.find("combo box", name)

    def type_into(self, name, text):
        """Replace the text of an entry."""
        self.find("text", name).queryEditableText().setTextContents(text)

    def trees(self):
        return [node for node in walk(self.node) if node.getRoleName() in ("tree", "table", "tree table")]

    def header(self, name):
        """The head of a column."""
        return wait_for(lambda: next(node for tree in self.trees() for node in children(tree)
                                     if node.getRoleName() in HEADERS and label(node) == name), name)

    def table(self):
        """The names of the columns and the cells of each row, of the first table or tree in the window."""
        table = self.find("tree")
        nodes = children(table)
        header = [label(node) for node in nodes if node.getRoleName() in HEADERS]
        cells = [label(node) for node in nodes if node.getRoleName() in CELLS]
        width = len(header)
        return header, [cells[start:start + width] for start in range(0, len(cells), width)]

    def columns_in_sight(self, table=None):
        """The names of the columns of a table, or of the first one, that are to be seen whole."""
        table = table or self.find("tree")
        edge = right_of(table)
        return [label(node) for node in children(table, 40) if node.getRoleName() in HEADERS and right_of(node) <= edge]

    def cell(self, text):
        """The first cell with this text in the first table or tree of the window."""
        return cell(self.trees()[0], text)

    def resize(self, width, height, x=0, y=0):
        """Give the window a size and a place on the screen."""
        subprocess.run(["xdotool", "windowsize", "--sync", self._number, str(width), str(height),
                        "windowmove", self._number, str(x), str(y)], check=True)

    def focus(self):
        """Bring the window to the front, and give it the keyboard."""
        subprocess.run(["xdotool", "windowraise", self._number, "windowfocus", "--sync", self._number], check=True)

    def picture(self, path):
        """A picture of the window as it is on the screen, when the paint is dry."""
        place = self.node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        words = ["import", "-window", "root", "-crop", f"{place.width}x{place.height}+{place.x}+{place.y}", "+repage"]
        # Pixels, for files bear the time.
        settled(lambda: subprocess.run([*words, "rgb:-"], check=True, capture_output=True).stdout)
        subprocess.run([*words, str(path)], check=True)

    def close(self):
        """Close it, and wait until the screen is without it."""
        self.press("Close")
        wait_for(lambda: self._number not in numbers(""), f"the end of {self.title!r}")
