# SPDX-License-Identifier: MIT
"""What the parts of tests/bench share: servers, sides measured in turns, and the table of figures and goals."""
import ctypes
import os
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time

import tap

CALM = 0.03


def die(text):
    sys.exit("bench: " + text)


def write(path, text, mode=0o644, owner="root"):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    os.chmod(path, mode)
    shutil.chown(path, owner, "nogroup")


def keep_state(path):
    """A folder for what sasl-reasond's worker writes down."""
    os.mkdir(path, 0o700)
    shutil.chown(path, "nobody", "nogroup")


def start(name, path, *command, session=False):
    """A server, once it listens on the unix socket `path` in the place. It ends with the process namespace.
    In a session of its own the kernel gives it a share of the processors of its own (sched(7), autogroup)."""
    log = open("%s/%s.out" % (Figures.place, name), "w")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               start_new_session=session)
    for _ in range(200):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(Figures.place + "/" + path)
            return process
        except OSError:
            time.sleep(0.05)
    die("%s does not start: %s" % (name, open(log.name).read()[-2000:]))


def put_first():
    """The kernel's autogroups have nice levels of their own, and a server's session is one (sched(7))."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if os.path.exists("/proc/%s/autogroup" % pid):
            with open("/proc/%s/autogroup" % pid, "w") as file:
                file.write("-20")


def put_at_ease():
    """What is started from now on gets slices of half a millisecond, which lets it go before what else runs
    with the usual ones (sched_setattr(2); a kernel before 6.12 takes no notice), and TCP as Linux has it."""
    nice = os.nice(-20)
    attributes = struct.pack("=IIQiIQQQII", 56, 0, 0, nice, 0, 500000, 0, 0, 0, 0)
    numbers = {"x86_64": 314, "aarch64": 274}
    ctypes.CDLL(None).syscall(numbers.get(os.uname().machine, -1), 0, attributes, 0)
    try:
        with open("/proc/sys/net/ipv4/tcp_congestion_control", "w") as file:
            file.write("cubic")
    except OSError:
        pass


def own_seconds():
    """Processor time of all that runs in this process namespace, and has run below this process."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as file:
                ticks += sum(int(word) for word in file.read().rsplit(")", 1)[1].split()[11:13])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK") + ended.ru_utime + ended.ru_stime


def all_seconds():
    """Processor time of the whole machine: user, nice, system and stolen."""
    with open("/proc/stat") as file:
        words = file.readline().split()
    return sum(int(words[i]) for i in (1, 2, 3, 8)) / os.sysconf("SC_CLK_TCK")


class Turn:
    """Each side once. `others` is the share of the processors that went to somebody else."""

    def __init__(self, sides):
        began, everybody, own = time.monotonic(), all_seconds(), own_seconds()
        self.rows = {name: measure(command) for name, command in sides.items()}
        spent = (time.monotonic() - began) * os.cpu_count()
        self.others = max(0, all_seconds() - everybody - own_seconds() + own) / spent


class Figures:
    """The rounds of one side of a measurement."""

    place = None
    others = []  # of all turns that were counted

    def __init__(self, rows):
        self.rate, self.p50, self.p99 = zip(*rows)

    @staticmethod
    def logs():
        """What the servers said, to be shown with a failure."""
        paths = sorted(Figures.place + "/" + name for name in os.listdir(Figures.place) if name[-4:] in (".log", ".out"))
        return "".join("\n--- %s\n%s" % (path, open(path).read()[-2000:]) for path in paths)

    def text(self):
        return "%9.0f/s  (%.0f to %.0f)" % (statistics.median(self.rate), min(self.rate), max(self.rate))

    def times(self):
        return "p50 %8.1f us   p99 %8.1f us" % (statistics.median(self.p50), statistics.median(self.p99))


def in_turns(clients, rounds, ms):
    """Rounds and their length. With one client, all depends on which core the kernel wakes the other end on,
    which it seldom changes: many short rounds."""
    return (rounds, ms) if clients > 1 else (rounds * 3, ms // 3)


def measure(command):
    """Rate, p50 and p99 of one round; of another one where the machine left no time for a single login."""
    for _ in range(3):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        words = done.stdout.split()
        if "no login was counted" not in done.stderr:
            break
    if done.returncode != 0 or len(words) != 6:
        die("%s: %s%s" % (" ".join(command), done.stderr, Figures.logs()))
    return float(words[1]), float(words[3]), float(words[5])


def rounds_of(sides, rounds, patience=1):
    """Runs the sides in turns. `sides` are names and commands. With patience, turns in which others had more than
    CALM of the processors are repeated, up to so many times the rounds; the calmest are counted."""
    turns = []
    while sum(turn.others <= CALM for turn in turns) < rounds and len(turns) < rounds * patience:
        turns.append(Turn(sides))
    turns = sorted(turns, key=lambda turn: turn.others)[:rounds]
    Figures.others.extend(turn.others for turn in turns)
    return {name: Figures([turn.rows[name] for turn in turns]) for name in sides}


def ratio(a, b):
    return statistics.median(x / y for x, y in zip(a.rate, b.rate))


class Report:
    """The table, each goal beside its figure."""

    def __init__(self, quick, only):
        self.quick = quick
        self.only = only
        self.met = self.missed = 0

    def wants(self, title):
        return self.only in title

    def say(self, text=""):
        print(("# " + text if self.quick else text).rstrip(), flush=True)

    def title(self, text):
        self.say()
        self.say(text)

    def figures(self, figures):
        for name, side in figures.items():
            self.say("    %-28s %-36s %s" % (name, side.text(), side.times()))

    def figure(self, what, figure):
        self.say("  %-46s %s" % (what, figure))

    def goal(self, what, figure, goal, met, sane):
        """`sane` is what --quick insists on, whatever else the machine is doing."""
        self.say("  %-46s %-22s goal %-14s %s" % (what, figure, goal, "met" if met else "NOT MET"))
        self.met += bool(met)
        self.missed += not met
        if self.quick:
            tap.ok(sane, "%s: %s" % (what, figure))
