# SPDX-License-Identifier: MIT
"""What the parts of tests/bench share: servers, sides measured in turns, and the table of figures and goals."""
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

import tap


def die(text):
    sys.exit("bench: " + text)


def write(path, text, mode=0o644, owner="root"):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    os.chmod(path, mode)
    shutil.chown(path, owner, "nogroup")


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


class Figures:
    """The rounds of one side of a measurement."""

    place = None

    def __init__(self):
        self.rate, self.p50, self.p99 = [], [], []

    def run(self, command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        words = done.stdout.split()
        if done.returncode != 0 or len(words) != 6:
            die("%s: %s%s" % (" ".join(command), done.stderr, self.logs()))
        self.rate.append(float(words[1]))
        self.p50.append(float(words[3]))
        self.p99.append(float(words[5]))

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


def rounds_of(sides, rounds):
    """Runs the sides in turns. `sides` are names and commands."""
    figures = {name: Figures() for name in sides}
    for _ in range(rounds):
        for name, command in sides.items():
            figures[name].run(command)
    return figures


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
