# SPDX-License-Identifier: MIT
"""Has names locked, before tests/timing asks for them.

    timing_locks.py SOCKET REALM NAMES CLIENT PASSWORD ADDRESS...

NAMES as tests/timing_probe takes them. A wrong password for each from every ADDRESS; exit status 0 if CLIENT is told
that each is locked then, with PASSWORD too.
"""
import itertools
import sys

from auth import Peer

SOCKET, REALM, NAMES, CLIENT, PASSWORD, *ADDRESSES = sys.argv[1:]
TOGETHER = 50


def spelled(name):
    """Those that it stands for: each * any digit."""
    pieces = name.split("*")
    for digits in itertools.product("0123456789", repeat=len(pieces) - 1):
        yield "%s@%s" % ("".join(itertools.chain(*zip(pieces, [*digits, ""]))), REALM)


def tokens(address, password):
    users = [user for name in NAMES.split(",") for user in spelled(name)]
    with Peer(SOCKET) as peer:
        for at in range(0, len(users), TOGETHER):
            cases = [(user, password, "lip=192.0.2.2", "rip=" + address, "secured") for user in users[at:at + TOGETHER]]
            yield from ((user, answer.token) for (user, *_), answer in zip(cases, peer.ask_all(cases)))


for each in ADDRESSES:
    list(tokens(each, "wrong-password"))
bad = [one for one in tokens(CLIENT, PASSWORD) if one[1] != "account-locked"]
print(*bad, sep="\n", end="")
sys.exit(bool(bad))
