# SPDX-License-Identifier: MIT
"""A bare SMTP client that shows every reply of an AUTH exactly as it came."""
import base64
import hashlib
import hmac
import os
import re
import socket
import ssl
import time

TOKEN = re.compile(r"\[([a-z0-9-]+)\] \(id ([A-Z0-9]{8})\)$")


class Reply:
    """One reply: `code`, `lines` as they came (without CRLF), `text` of them joined to one."""

    def __init__(self, lines):
        self.lines = lines
        self.code = lines[-1][:3]
        first, *rest = [line[4:] for line in lines]
        # A folded reply may repeat its enhanced code on every line.
        head = re.match(r"\d\.\d+\.\d+ ", first)
        self.text = " ".join([first.strip()] + [
            (line[head.end():] if head and line.startswith(head.group()) else line).strip()
            for line in rest])
        found = TOKEN.search(self.text)
        self.token, self.id = found.groups() if found else (None, None)

    def __str__(self):
        return "%s %s" % (self.code, self.text)

    def __repr__(self):
        return repr("\n".join(self.lines))

    @property
    def neutral(self):
        """The whole reply without its incident id: what must be the same for two names."""
        return re.sub(r"\(id [A-Z0-9]{8}\)", "(id ........)", "\n".join(self.lines))


class Gone(Exception):
    """The server closed the connection, or never answered."""


def b64(octets):
    if isinstance(octets, str):
        octets = octets.encode()
    return base64.b64encode(octets).decode()


class Scram:
    """The client's side of SCRAM (RFC 5802, 7677), with the server's signature verified."""

    def __init__(self, user, password, digest="sha256", authzid=""):
        self.digest = digest
        self.password = password.encode()
        self.gs2 = "n,%s," % ("a=" + authzid if authzid else "")
        name = user.replace("=", "=3D").replace(",", "=2C")
        self.nonce = b64(os.urandom(18))
        self.bare = "n=%s,r=%s" % (name, self.nonce)
        self.salt = self.iterations = self.verified = None

    def first(self):
        return (self.gs2 + self.bare).encode()

    def _mac(self, key, octets):
        return hmac.new(key, octets, self.digest).digest()

    def final(self, server_first):
        fields = dict(part.split("=", 1) for part in server_first.decode().split(","))
        if not fields["r"].startswith(self.nonce) or fields["r"] == self.nonce:
            raise ValueError("the server's nonce does not begin with ours")
        self.salt, self.iterations = fields["s"], int(fields["i"])
        salted = hashlib.pbkdf2_hmac(self.digest, self.password,
                                     base64.b64decode(self.salt), self.iterations)
        bare = "c=%s,r=%s" % (b64(self.gs2), fields["r"])
        message = ",".join([self.bare, server_first.decode(), bare]).encode()
        client = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self.digest, client).digest(), message)
        self.want = self._mac(self._mac(salted, b"Server Key"), message)
        proof = bytes(a ^ b for a, b in zip(client, signature))
        return ("%s,p=%s" % (bare, b64(proof))).encode()

    def verify(self, server_final):
        self.verified = server_final == b"v=" + b64(self.want).encode()


class Session:
    """A connection past EHLO (and STARTTLS, and EHLO again)."""

    def __init__(self, where, tls=False, timeout=30, source=None):
        host, port = where.rsplit(":", 1)
        self.steps = []  # the challenges of the last exchange, decoded
        self.scram = None
        self.tls = tls
        try:
            self.sock = socket.create_connection((host, int(port)), timeout,
                                                 (source, 0) if source else None)
            self.file = self.sock.makefile("rb")
            self.banner = self.read()
            if self.banner.code != "220":
                raise Gone("no greeting but " + str(self.banner))
            self.ehlo()
            if tls:
                self.starttls()
        except OSError as error:
            raise Gone("%s: %s" % (where, error)) from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.file.close()
            self.sock.close()
        except OSError:
            pass

    def read(self):
        lines = []
        while True:
            try:
                line = self.file.readline(65536)
            except OSError as error:
                raise Gone("no answer: %s" % error) from error
            if not line.endswith(b"\n"):
                raise Gone("closed after %r" % (lines or line))
            line = line.rstrip(b"\r\n").decode("latin-1")
            lines.append(line)
            if len(line) < 4 or line[3] != "-":
                return Reply(lines)

    def send(self, line):
        try:
            self.sock.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        except OSError as error:
            raise Gone("cannot send: %s" % error) from error

    def command(self, line):
        self.send(line)
        return self.read()

    def ehlo(self):
        self.extensions = self.command("EHLO client.example.org")
        if self.extensions.code != "250":
            raise Gone("EHLO: " + str(self.extensions))
        self.mechanisms = [word for line in self.extensions.lines
                           if line[4:].upper().startswith("AUTH ") for word in line[9:].split()]

    def starttls(self):
        reply = self.command("STARTTLS")
        if reply.code != "220":
            raise Gone("STARTTLS: " + str(reply))
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")
        self.tls = True
        self.ehlo()

    def pretend(self, address):
        """XCLIENT: what follows comes from another address, as far as Postfix knows."""
        reply = self.command("XCLIENT ADDR=%s NAME=[UNAVAILABLE]" % (
            "IPV6:" + address if ":" in address else address))
        if reply.code != "220":
            raise Gone("XCLIENT: " + str(reply))
        self.ehlo()

    # --- AUTH -------------------------------------------------------------------------------------

    def respond(self, octets):
        """Answers a challenge; what came is a Reply, or another challenge in self.steps."""
        return self.challenge(self.command(b64(octets)))

    def challenge(self, reply):
        if reply.code == "334":
            self.steps.append(base64.b64decode(reply.text))
        return reply

    def begin(self, mech, initial=None):
        self.steps = []
        if initial is None:
            return self.challenge(self.command("AUTH " + mech))
        return self.challenge(self.command("AUTH %s %s" % (mech, b64(initial) or "=")))

    def auth(self, mech, user, password, initial=True, authzid=""):
        """A whole exchange; `initial`: with an initial response, where the mechanism has one."""
        return {"PLAIN": self.plain, "LOGIN": self.login, "CRAM-MD5": self.cram_md5,
                "SCRAM-SHA-1": self.scram_sha, "SCRAM-SHA-256": self.scram_sha}[mech](
                    user, password, initial, authzid, mech)

    def plain(self, user, password, initial=True, authzid="", _mech=None):
        octets = "%s\0%s\0%s" % (authzid, user, password)
        if initial:
            return self.begin("PLAIN", octets)
        reply = self.begin("PLAIN")
        return self.respond(octets) if reply.code == "334" else reply

    def login(self, user, password, initial=False, _authzid="", _mech=None):
        reply = self.begin("LOGIN", user if initial else None)
        if reply.code == "334" and not initial:
            reply = self.respond(user)
        return self.respond(password) if reply.code == "334" else reply

    def cram_md5(self, user, password, _initial=False, _authzid="", _mech=None):
        reply = self.begin("CRAM-MD5")
        if reply.code != "334":
            return reply
        return self.respond(self.cram_answer(user, password))

    def cram_answer(self, user, password):
        return user + " " + hmac.new(password.encode(), self.steps[-1], "md5").hexdigest()

    def scram_sha(self, user, password, initial=True, authzid="", mech="SCRAM-SHA-256"):
        scram = Scram(user, password, "sha1" if mech.endswith("-1") else "sha256", authzid)
        self.scram = scram
        reply = self.begin(mech, scram.first() if initial else None)
        if reply.code == "334" and not initial:
            reply = self.respond(scram.first())
        if reply.code == "334":
            reply = self.respond(scram.final(self.steps[-1]))
        if reply.code == "334" and self.steps[-1].startswith(b"v="):
            scram.verify(self.steps[-1])
            reply = self.respond(b"")
        return reply

    # --- mail -------------------------------------------------------------------------------------

    def mail(self, sender, recipient="someone@example.net"):
        """The reply to the first command that is refused, or to the end of the message."""
        for line, want in (("MAIL FROM:<%s>" % sender, "250"), ("RCPT TO:<%s>" % recipient, "250"),
                           ("DATA", "354"), ("Subject: test\r\n\r\ntest\r\n.", "250")):
            reply = self.command(line)
            if reply.code != want:
                break
        return reply


def try_login(where, mech, user, password, tls=False, initial=True, timeout=30, address=None, source=None):
    """One login in a session of its own; the reply gets `ms`, `scram` and `steps`. `source`: connect from there;
    `address`: only pretend to."""
    with Session(where, tls, timeout, source) as session:
        if address:
            session.pretend(address)
        begun = time.monotonic()
        reply = session.auth(mech, user, password, initial)
        reply.ms = (time.monotonic() - begun) * 1000
        reply.scram, reply.steps = session.scram, session.steps
        return reply
