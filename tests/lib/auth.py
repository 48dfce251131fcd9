# SPDX-License-Identifier: MIT
"""A client of the auth socket (Dovecot auth protocol) that says and hears exact octets."""
import base64
import os
import re
import socket
import time


def b64(octets):
    if isinstance(octets, str):
        octets = octets.encode()
    return base64.b64encode(octets).decode()


def plain(user, password):
    return b64("\0%s\0%s" % (user, password))


class Closed(Exception):
    """The daemon closed the connection."""


class Peer:
    """A connection; its greeting is read, and ours said unless `silent`."""

    def __init__(self, path, silent=False, timeout=12):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.pending = b""
        self.greeting = []
        while not self.greeting or self.greeting[-1] != "DONE":
            self.greeting.append(self.line())
        if not silent:
            self.send("VERSION\t1\t2\nCPID\t%d\n" % os.getpid())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, text):
        try:
            self.sock.sendall(text if isinstance(text, bytes) else text.encode())
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed(error) from error

    def line(self):
        """The next line without its LF."""
        while b"\n" not in self.pending:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError as error:
                raise Closed(error) from error
            if not more:
                raise Closed("after %r" % self.pending)
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode("latin-1")

    def auth(self, number, mech, resp=None, *fields, service="smtp"):
        """Says AUTH; `fields` go before resp=."""
        words = ["AUTH", str(number), mech, "service=" + service, *fields]
        if resp is not None:
            words.append("resp=" + resp)
        self.send("\t".join(words) + "\n")

    def ask(self, number, mech, resp=None, *fields, service="smtp"):
        self.auth(number, mech, resp, *fields, service=service)
        return Answer(self.line())

    def ask_all(self, cases):
        """PLAIN for each (user, password, fields...), all at once; the answers in the order of the cases."""
        self.send("".join("AUTH\t%d\tPLAIN\t%s\n" % (number, "\t".join(
            ["service=smtp", *fields, "resp=" + plain(user, password)]))
            for number, (user, password, *fields) in enumerate(cases, 1)))
        answers = {}
        for _ in cases:
            answer = Answer(self.line())
            answers[int(answer.number)] = answer
        return [answers[number] for number in sorted(answers)]

    def closes(self, seconds):
        """Whether the daemon closes within so many seconds (what it still says is dropped)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.sock.settimeout(max(0.01, end - time.monotonic()))
            try:
                if not self.sock.recv(65536):
                    return True
            except ConnectionResetError:
                return True
            except TimeoutError:
                return False
        return False


class Answer:
    """OK, CONT or FAIL: `word`, `number`, and its fields by name ("" if without a value)."""

    def __init__(self, line):
        self.raw = line
        self.word, self.number, *rest = line.split("\t")
        self.fields = dict(part.partition("=")[::2] for part in rest) if self.word != "CONT" else {}
        self.data = rest[0] if self.word == "CONT" and rest else ""
        self.good = self.word == "OK"
        self.text = self.fields.get("reason", "")
        found = re.search(r"\[([a-z0-9-]+)\] \(id ([A-Z0-9]{8})\)$", self.text)
        self.token, self.id = found.groups() if found else (None, None)
        # What must be the same for two names.
        self.neutral = re.sub(r"\(id [A-Z0-9]{8}\)$", "(id ........)", self.text) or self.word

    def __str__(self):
        return repr(self.raw)
