# SPDX-License-Identifier: MIT
"""A small LDAP server of the tests: entries to search, and answers to binds that were taken down elsewhere.

It answers a simple bind with the very octets of another server: its code, its text and its controls.
"""
import socketserver
import threading

from ldap_proxy import ber, element

BIND, UNBIND, SEARCH, ENTRY, DONE, EXTENDED = 0x60, 0x42, 0x63, 0x64, 0x65, 0x77
PPOLICY = "1.3.6.1.4.1.42.2.27.8.5.1"
SUCCESS, INVALID_CREDENTIALS = 0, 49


def elements(octets):
    """[(tag, content)] of what stands side by side."""
    found, at = [], 0
    while at < len(octets):
        tag, content, at = element(octets, at)
        found.append((tag, content))
    return found


def text(value):
    return ber(4, value.encode() if isinstance(value, str) else value)


class Answer:
    """To a bind. `error`, `grace`: of the ppolicy control, which is sent only to who asks for it."""

    def __init__(self, code, diagnostic="", error=None, grace=None, controls=()):
        self.code, self.diagnostic, self.controls = code, diagnostic, controls
        self.ppolicy = b"" if grace is None else ber(0xA0, ber(0x81, bytes([grace])))
        self.ppolicy += b"" if error is None else ber(0x81, bytes([error]))

    def octets(self, number, asked):
        body = ber(10, bytes([self.code])) + text("") + text(self.diagnostic)
        controls = list(self.controls)
        if self.ppolicy and asked:
            controls.append((PPOLICY, ber(0x30, self.ppolicy)))
        listed = b"".join(ber(0x30, text(oid) + text(value)) for oid, value in controls)
        return ber(0x30, number + ber(0x61, body) + (ber(0xA0, listed) if listed else b""))


class Directory:
    """`entries`: {dn: {attribute: [value]}}; `binds`: {(dn, password): Answer}, password None: any."""

    def __init__(self, entries, binds):
        self.entries = {dn.lower(): (dn, attributes) for dn, attributes in entries.items()}
        self.binds = {(dn.lower(), password): answer for (dn, password), answer in binds.items()}
        self.wrong = Answer(INVALID_CREDENTIALS)

    def bind(self, dn, password):
        dn = dn.lower()
        if not dn and not password:
            return Answer(SUCCESS)
        return self.binds.get((dn, password)) or self.binds.get((dn, None), self.wrong)

    def matches(self, attributes, tag, content):
        values = {name.lower(): [str(value).lower() for value in found]
                  for name, found in attributes.items()}
        if tag == 0xA0:
            return all(self.matches(attributes, *part) for part in elements(content))
        if tag == 0xA1:
            return any(self.matches(attributes, *part) for part in elements(content))
        if tag == 0xA2:
            return not self.matches(attributes, *elements(content)[0])
        if tag == 0xA3:
            (_, name), (_, value) = elements(content)
            return value.decode().lower() in values.get(name.decode().lower(), [])
        return tag == 0x87 and (content.lower() == b"objectclass" or content.decode().lower() in values)

    def search(self, base, scope, condition, wanted):
        base = base.lower()
        wanted = [name.lower() for name in wanted]
        for low, (dn, attributes) in self.entries.items():
            below = low == base if scope == 0 else base and (low == base or low.endswith("," + base))
            if below and self.matches(attributes, *condition):
                yield dn, {name: values for name, values in attributes.items()
                           if not wanted or "*" in wanted or name.lower() in wanted}


class Connection(socketserver.BaseRequestHandler):
    def messages(self):
        octets = b""
        while True:
            while not (whole := element(octets)):
                more = self.request.recv(65536)
                if not more:
                    return
                octets += more
            octets = octets[whole[2]:]
            yield elements(whole[1])

    def handle(self):
        try:
            for (_, number), (tag, body), *more in self.messages():
                if tag == UNBIND:
                    return
                self.request.sendall(self.answer(ber(2, number), tag, body, more))
        except (OSError, ValueError):
            pass

    def answer(self, number, tag, body, more):
        if tag == BIND:
            (_, _), (_, dn), (_, password) = elements(body)
            asked = PPOLICY.encode() in b"".join(content for _, content in more)
            return self.server.directory.bind(dn.decode(), password.decode()).octets(number, asked)
        if tag == SEARCH:
            return self.entries(number, elements(body))
        done = ber(10, b"\x02") + text("") + text("unsupported")
        return ber(0x30, number + ber({EXTENDED: 0x78}.get(tag, DONE), done))

    def entries(self, number, parts):
        base, scope, condition, wanted = parts[0][1].decode(), parts[1][1][0], parts[6], parts[7][1]
        octets = b""
        for dn, attributes in self.server.directory.search(
                base, scope, condition, [name.decode() for _, name in elements(wanted)]):
            listed = b"".join(
                ber(0x30, text(name) + ber(0x31, b"".join(text(str(value)) for value in values)))
                for name, values in attributes.items())
            octets += ber(0x30, number + ber(ENTRY, text(dn) + ber(0x30, listed)))
        done = ber(10, b"\0") + text("") + text("")
        return octets + ber(0x30, number + ber(DONE, done))


class Server(socketserver.ThreadingTCPServer):
    """with Server("127.0.0.1:PORT", directory): ..."""

    allow_reuse_address = daemon_threads = True
    block_on_close = False

    def __init__(self, where, directory):
        host, port = where.rsplit(":", 1)
        super().__init__((host, int(port)), Connection)
        self.directory = directory

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
