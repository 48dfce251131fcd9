# SPDX-License-Identifier: MIT
"""An LDAP server that misbehaves: it stands before the lab's slapd and spoils what goes through."""
import os
import select
import socket
import ssl
import threading
import time

BIND, SEARCH, UNBIND, ABANDON = 0x60, 0x63, 0x42, 0x50
BUSY, UNAVAILABLE, UNWILLING, OTHER = 51, 52, 53, 80
ANSWERS = {BIND: 0x61, SEARCH: 0x65}


def ber(tag, content):
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(octets)]) + octets + content


def element(octets, at=0):
    """(tag, content, end) of the BER element there; None if it is not whole yet."""
    if len(octets) < at + 2:
        return None
    tag, length, begin = octets[at], octets[at + 1], at + 2
    if length & 128:
        begin += length & 127
        if len(octets) < begin:
            return None
        length = int.from_bytes(octets[at + 2:begin], "big")
    if len(octets) < begin + length:
        return None
    return tag, octets[begin:begin + length], begin + length


class Request:
    """`octets` of a message, its `number` as BER, its operation's tag, and the DN of a bind."""

    def __init__(self, octets):
        self.octets = octets
        _, content, _ = element(octets)
        _, number, end = element(content)
        self.number = ber(2, number)
        self.tag, body, _ = element(content, end)
        self.dn = ""
        if self.tag == BIND:
            _, _, end = element(body)
            self.dn = element(body, end)[1].decode("utf-8", "replace")

    def answer(self, code, text=b""):
        body = ber(10, bytes([code])) + ber(4, b"") + ber(4, text)
        return ber(0x30, self.number + ber(ANSWERS[self.tag], body))


class Proxy:
    """Listens at once, between start() and stop(). `mode` can be changed while it runs:

    "pass"     all goes through
    "hang"     what is asked is not answered, and nobody is greeted by TLS
    "drip"     the answers come one octet a second
    "cut"      half of an answer comes, then the connection is closed
    "drop"     every connection is closed at once
    "garbage"  the answers are random octets
    "gone"     the notice of disconnection (RFC 4511 4.4.1), then the end
    callable   of a Request: the result code to answer with, or None to pass it on
    """

    def __init__(self, where, upstream, certificate=None, key=None):
        self.where = self.address(where)
        self.upstream = self.address(upstream)
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        self.mode = "pass"
        self.listener = None
        self.accepted = 0
        self.open = set()
        self.lock = threading.Lock()

    @staticmethod
    def address(where):
        host, port = where.split("//")[-1].rsplit(":", 1)
        return host, int(port)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.listener = socket.create_server(self.where, backlog=128)
        threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Nobody listens, and all connections end."""
        listener, self.listener = self.listener, None
        if listener:
            # close() alone does not wake the thread in accept().
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.drop_all()

    def drop_all(self):
        with self.lock:
            doomed, self.open = self.open, set()
        for sock in doomed:
            self.end(sock)

    @staticmethod
    def end(sock):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        sock.close()

    def serve(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.connection, args=(client,), daemon=True).start()

    def connection(self, client):
        server = None
        try:
            self.keep(client)
            if self.mode == "drop":
                return
            if self.context:
                while self.mode == "hang":
                    time.sleep(0.05)
                bare = client
                client = self.context.wrap_socket(client, server_side=True)
                self.forget(bare)
                self.keep(client)
            server = socket.create_connection(self.upstream, 5)
            server.settimeout(None)
            self.keep(server)
            self.relay(client, server)
        except OSError:
            pass
        finally:
            for sock in filter(None, (client, server)):
                self.forget(sock)
                self.end(sock)

    def keep(self, sock):
        with self.lock:
            self.open.add(sock)

    def forget(self, sock):
        with self.lock:
            self.open.discard(sock)

    def relay(self, client, server):
        """Until either side ends. One thread for both: a TLS connection bears no more."""
        pending = b""
        while True:
            ready = select.select([client, server], [], [])[0]
            if server in ready:
                octets = server.recv(65536)
                if not octets or not self.spoil(octets, client):
                    return
            if client in ready:
                more = client.recv(65536)
                if not more:
                    return
                pending += more
                while element(pending):
                    end = element(pending)[2]
                    octets, pending = pending[:end], pending[end:]
                    if not self.request(Request(octets), client, server):
                        return

    def request(self, request, client, server):
        """False: the connection ends."""
        if self.mode == "hang":
            return True
        if self.mode == "drop":
            return False
        if callable(self.mode) and request.tag in ANSWERS:
            code = self.mode(request)
            if code is not None:
                client.sendall(request.answer(code, b"by the proxy"))
                return True
        server.sendall(request.octets)
        return True

    def spoil(self, octets, client):
        """Sends what becomes of an answer; False: the connection ends."""
        if self.mode == "hang":
            return True
        if self.mode == "drip":
            for octet in octets:
                if self.mode != "drip":
                    return False
                client.sendall(bytes([octet]))
                time.sleep(1)
            return True
        if self.mode == "cut":
            client.sendall(octets[:len(octets) // 2])
            return False
        if self.mode == "drop":
            return False
        if self.mode == "garbage":
            client.sendall(os.urandom(len(octets)))
            return True
        if self.mode == "gone":
            body = ber(10, bytes([UNAVAILABLE])) + ber(4, b"") + ber(4, b"")
            body += ber(0x8a, b"1.3.6.1.4.1.1466.20036")
            client.sendall(ber(0x30, ber(2, b"\0") + ber(0x78, body)))
            return False
        client.sendall(octets)
        return True


class Full:
    """A port whose queue of connections is full: what connects now gets no answer at all."""

    def __init__(self, where):
        self.where = Proxy.address(where)
        self.held = []

    def __enter__(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self.where)
        listener.listen(0)
        self.held.append(listener)
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(self.where)
            self.held.append(sock)
        time.sleep(0.1)
        return self

    def __exit__(self, *_):
        for sock in self.held:
            sock.close()
