#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The auth socket itself: what each kind of peer is told, and what hostile peers cost.

Needs the lab (tests/lab up). Whatever a peer does costs its own connection and nothing else: after
each attack the same worker still serves.
"""
import os
import re
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import tap
from auth import Answer, Closed, Peer, b64, plain

SOCKET = lab.env["AUTH_SOCKET"]
FLOOR_S = 0.150
STATES = {"appreq": "app-password-required", "disabled": "account-disabled",
          "expired": "account-expired", "pwexpired": "password-expired",
          "mustchange": "password-must-change", "oauth": "oauth2-required",
          "nosend": "service-disabled"}
CODES = {"account-disabled": "user_disabled", "account-expired": "user_disabled",
         "password-expired": "pass_expired", "password-must-change": "pass_expired",
         "service-disabled": "authz_fail", "tls-required": "auth_mech_ssl_required"}
PLUGIN = ("secured", "final-resp-ok", "sasl-reason=1")
GOOD, BAD = plain("alice", lab.RIGHT), plain("alice", lab.WRONG)


def login(timeout=12):
    with Peer(SOCKET, timeout=timeout) as peer:
        return peer.ask(1, "PLAIN", GOOD)


def still_well(name, worker):
    """The worker that was there before still answers others."""
    try:
        begun = time.monotonic()
        good = login().word == "OK"
        taken = time.monotonic() - begun
    except (Closed, OSError) as error:
        good, taken = False, error
    tap.ok(good and lab.worker() == worker, name + ": others are served, by the same worker",
           taken, "worker %d, now %s" % (worker, lab.children()))


def rss_kib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


# --- what is said ---------------------------------------------------------------------------------

def greeting():
    with Peer(SOCKET, silent=True) as peer:
        lines = peer.greeting
    heads = [line.split("\t")[0] for line in lines]
    tap.equal(heads, ["VERSION"] + ["MECH"] * 4 + ["SPID", "CUID", "COOKIE", "DONE"],
              "the greeting's lines, MECH before SPID")
    tap.equal(lines[0], "VERSION\t1\t2", "its version")
    tap.equal([line.split("\t")[1] for line in lines[1:5]],
              ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"], "its mechanisms")
    tap.ok(re.fullmatch(r"COOKIE\t[0-9a-f]{32}", lines[7]), "its cookie", lines[7])
    tap.equal(lines[5], "SPID\t%d" % lab.worker(), "its process")


def neutral(answer, incident=None):
    line = re.sub(r"^(\w+\t)\d+", r"\1N", answer.raw)
    line = re.sub(r"\(id [A-Z0-9]{8}\)", "(id ........)", line)
    line = re.sub(r"incident=[A-Z0-9]{8}", "incident=........", line)
    return re.sub(r"user=[^\t]*", "user=...", line)


def reasons(title, fields):
    """FAIL for every state: to our plugin with all fields, to others without."""
    ours = "sasl-reason=1" in fields
    with Peer(SOCKET) as peer:
        number = 0
        for user, token in {**STATES, "stale": "password-changed"}.items():
            number += 1
            password = "old-pw" if user == "stale" else lab.RIGHT
            answer = peer.ask(number, "PLAIN", plain(user, password), *fields)
            want = {"user": user + "@example.org"}
            if token in CODES:
                want["code"] = CODES[token]
            if ours:
                want.update(reason_id=token, status="535", enhanced="5.7.8")
            got = {key: value for key, value in answer.fields.items()
                   if key not in ("reason", "incident")}
            tap.ok(answer.word == "FAIL" and answer.number == str(number) and got == want and
                   re.search(r"\[%s\] \(id [A-Z0-9]{8}\)$" % token, answer.fields["reason"]) and
                   (not ours or answer.fields["incident"] in answer.fields["reason"]),
                   "%s: %s" % (title, token), answer, want)
        answers = {}
        for user in ["alice", "hashed", "stale", "locked", "nobody-here", *STATES]:
            number += 1
            answers[user] = peer.ask(number, "PLAIN", plain(user, lab.WRONG), *fields)
            want = user + "@example.org"
            tap.ok(answers[user].word == "FAIL" and answers[user].fields.get("user") == want,
                   "%s: user= of %s with a wrong password" % (title, user), answers[user])
        answers["locked, right"] = peer.ask(99, "PLAIN", plain("locked", lab.RIGHT), *fields)
        kinds = {neutral(answer) for answer in answers.values()}
        tap.ok(len(kinds) == 1 and "[bad-credentials]" in next(iter(kinds)),
               title + ": wrong passwords all get the same FAIL apart from id and user", *kinds)


def names():
    with Peer(SOCKET) as peer:
        for number, user in enumerate(["alice", "ALICE", "ALICE@Example.ORG", " alice ",
                                       "alice@EXAMPLE.org"], 1):
            answer = peer.ask(number, "PLAIN", plain(user, lab.RIGHT))
            tap.equal(answer.raw, "OK\t%d\tuser=alice@example.org" % number,
                      "%r is alice@example.org" % user)
        for user in ("NOBODY-Here", " nobody-here@Example.Org"):
            number += 1
            answer = peer.ask(number, "PLAIN", plain(user, lab.RIGHT))
            tap.equal(answer.fields.get("user"), "nobody-here@example.org",
                      "%r is nobody-here@example.org, unknown or not" % user)


def malformed():
    """Told at once what is wrong, and the connection goes on."""
    rows = [("one field", b64("alice"), "three fields"), ("two fields", b64("alice\0pw"), "three fields"),
            ("five fields", b64("\0alice\0pw\0a\0b"), "NUL|three fields"),
            ("empty name", b64("\0\0pw"), "user name is empty"),
            ("empty password", b64("\0alice\0"), "password is empty"),
            ("not UTF-8", b64(b"\0\xff\0pw"), "UTF-8"),
            ("control character", b64("\0a\x07b\0pw"), "control character"),
            ("not base64", "!!!", "base64"), ("half base64", "AGFs*", "base64"),
            ("bad padding", "AGFsaWNl=AHB3", "base64"),
            ("long", b64("\0" + "a" * 3000 + "\0pw"), "too long")]
    with Peer(SOCKET) as peer:
        for number, (name, resp, words) in enumerate(rows, 1):
            answer = peer.ask(number, "PLAIN", resp)
            tap.ok(answer.word == "FAIL" and "[malformed-credentials]" in answer.fields["reason"]
                   and re.search(words, answer.fields["reason"]), "malformed: " + name, answer)
        answer = peer.ask(90, "GSSAPI", "YQ==")
        tap.ok("[mechanism-unsupported]" in answer.fields.get("reason", ""),
               "a mechanism that is not offered", answer)
        tap.equal(peer.ask(91, "PLAIN", GOOD).word, "OK", "the connection goes on")


def injection():
    """resp= is the last field: nothing after a TAB in it is believed."""
    for name, resp in (("rip=", BAD + "\trip=198.51.100.7"), ("secured", BAD + "\tsecured"),
                       ("sasl-reason=1", GOOD + "\tsasl-reason=1"),
                       ("a second resp=", BAD + "\tresp=" + GOOD)):
        tail = lab.Tail(lab.env["REASOND_LOG"])
        with Peer(SOCKET) as peer:
            peer.send("AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.1\tresp=%s\n" % resp)
            answer = Answer(peer.line())
            tap.ok(answer.word == "FAIL" and "[malformed-credentials]" in answer.fields["reason"]
                   and "reason_id" not in answer.fields, "injected after resp=: " + name, answer)
        # By its id: the line of the login before it may come after the tail began.
        said = re.search(r"\(id (\w+)\)", answer.fields.get("reason", ""))
        line = said and tail.wait(lambda line: " id=%s " % said[1] in line) or ""
        tap.ok("client=192.0.2.1" in line and "tls=no" in line, "and logged as it was: " + name,
               line)
    tail = lab.Tail(lab.env["REASOND_LOG"])
    with Peer(SOCKET) as peer:
        peer.ask(1, "PLAIN", plain("evil\" outcome=allow user=ceo\n\x01", lab.RIGHT))
        peer.ask(2, "PLAIN", plain("evil\" outcome=allow", lab.RIGHT),
                 "rip=1.2.3.4 outcome=allow\x01ntwo")
    time.sleep(0.3)
    lines = [line for line in tail.text().splitlines() if line]
    fakes = [line for line in lines if re.search(r'(^|[^"\w\\])outcome=allow', re.sub(
        r'"(?:[^"\\]|\\.)*"', '""', line)) or not re.match(r"\d{4}-\d\d-\d\dT", line)]
    tap.ok(not fakes, "nothing that a peer says forges a line of the log", *fakes)


def exchanges():
    """Several conversations on one connection, finished in another order."""
    with Peer(SOCKET) as peer:
        peer.auth(1, "LOGIN")
        peer.auth(2, "LOGIN")
        peer.auth(3, "CRAM-MD5")
        got = sorted((Answer(peer.line()) for _ in range(3)), key=lambda one: one.number)
        tap.equal([one.word for one in got], ["CONT"] * 3, "three conversations begin")
        tap.equal(got[0].data, b64("Username:"), "LOGIN's first prompt")
        peer.send("CONT\t2\t%s\n" % b64("alice"))
        peer.send("CONT\t1\t%s\n" % b64("nobody-here"))
        both = {one.number: one for one in (Answer(peer.line()), Answer(peer.line()))}
        tap.equal({one.data for one in both.values()}, {b64("Password:")}, "LOGIN's second prompt")
        peer.send("CANCEL\t3\n")
        peer.send("CONT\t1\t%s\nCONT\t2\t%s\n" % (b64(lab.RIGHT), b64(lab.RIGHT)))
        ends = {one.number: one for one in (Answer(peer.line()), Answer(peer.line()))}
        tap.ok(ends["2"].word == "OK" and ends["1"].word == "FAIL", "each ends as its own",
               *ends.values())
        peer.send("CANCEL\t3\nCANCEL\t55\n")
        tap.equal(peer.ask(4, "PLAIN", GOOD).word, "OK",
                  "cancelling what was cancelled or never was does no harm")
        tap.equal(peer.ask(4, "PLAIN", GOOD).word, "OK", "an id may be used again when it is done")
        peer.send("CONT\t3\tAAAA\n")
        tap.ok(peer.closes(3), "a response to what was cancelled: closed, nobody waits in vain")


def pipelined():
    """A few are refused: that takes hashes, which wait for their turns, but not for long."""
    words = {number: "OK" if number % 32 else "FAIL" for number in range(1, 201)}
    with Peer(SOCKET) as peer:
        peer.send("".join("AUTH\t%d\tPLAIN\tservice=smtp\tresp=%s\n" % (
            number, GOOD if words[number] == "OK" else BAD) for number in words))
        answers = {}
        for _ in range(200):
            answer = Answer(peer.line())
            answers[int(answer.number)] = answer.word
    tap.equal(answers, words, "200 pipelined requests all get their own answer")


def half_close():
    """The peer says all and shuts its side: it is answered first (Exim's readsocket)."""
    for resp, word in ((GOOD, "OK"), (BAD, "FAIL"), (plain("hashed", lab.RIGHT), "OK"),
                       (plain("nobody-here", "x"), "FAIL")):
        with Peer(SOCKET) as peer:
            peer.auth(1, "PLAIN", resp)
            peer.auth(2, "PLAIN", BAD)
            peer.sock.shutdown(socket.SHUT_WR)
            answers = {}
            try:
                for _ in range(2):
                    answer = Answer(peer.line())
                    answers[answer.number] = answer.word
            except Closed:
                pass
            tap.ok(answers == {"1": word, "2": "FAIL"} and peer.closes(2),
                   "half-closed: answered, then closed (%s)" % word, answers)
    with Peer(SOCKET) as peer:
        peer.auth(1, "LOGIN")
        peer.line()
        peer.sock.shutdown(socket.SHUT_WR)
        tap.ok(peer.closes(3), "half-closed in the middle of LOGIN: closed")
    with Peer(SOCKET, silent=True) as peer:
        peer.sock.shutdown(socket.SHUT_WR)
        tap.ok(peer.closes(3), "half-closed without a word: closed")


def floor():
    """A smoke test of the time: refusals keep the floor, on every way to one."""
    lab.unlock()
    cases = [("PLAIN", BAD), ("PLAIN", plain("nobody-here", "x")), ("PLAIN", plain("hashed", "x")),
             ("PLAIN", plain("appreq", lab.RIGHT)), ("PLAIN", plain("locked", lab.RIGHT)),
             ("PLAIN", plain("x@nowhere.example.net", "x"))]
    with Peer(SOCKET) as peer:
        for number, (mech, resp) in enumerate(cases, 1):
            begun = time.monotonic()
            answer = peer.ask(number, mech, resp)
            taken = time.monotonic() - begun
            tap.ok(answer.word == "FAIL" and FLOOR_S - 0.002 <= taken < FLOOR_S + 1.5,
                   "case %d leaves at the floor" % number, "%.3f s" % taken)
        peer.auth(50, "CRAM-MD5", None)
        peer.line()
        begun = time.monotonic()
        peer.send("CONT\t50\t%s\n" % b64("bob@hashed.example.org " + "0" * 32))
        answer = Answer(peer.line())
        taken = time.monotonic() - begun
        tap.ok("[mechanism-mismatch]" in answer.raw and taken >= FLOOR_S - 0.002,
               "mechanism-mismatch leaves at the floor", "%.3f s" % taken, answer)


def final_data():
    """SCRAM's v= goes with OK to who said final-resp-ok, as CONT to others."""
    from smtp import Scram
    import base64
    for fields, word in ((("final-resp-ok",), "OK"), ((), "CONT")):
        with Peer(SOCKET) as peer:
            scram = Scram("alice", lab.RIGHT)
            first = peer.ask(1, "SCRAM-SHA-256", b64(scram.first()), *fields)
            peer.send("CONT\t1\t%s\n" % b64(scram.final(base64.b64decode(first.data))))
            answer = Answer(peer.line())
            data = answer.data or answer.fields.get("resp", "")
            scram.verify(base64.b64decode(data))
            tap.ok(answer.word == word and scram.verified, "SCRAM's last word comes with " + word,
                   answer)
            if word == "CONT":
                peer.send("CONT\t1\t\n")
                tap.equal(peer.line(), "OK\t1\tuser=alice@example.org", "then OK without it")


# --- hostile peers --------------------------------------------------------------------------------

def refused(name, octets, seconds=3):
    """Such octets get the connection closed."""
    worker = lab.worker()
    with Peer(SOCKET, silent=True) as peer:
        try:
            peer.send(octets)
            good = peer.closes(seconds)
        except Closed:
            good = True
        tap.ok(good, name + ": closed")
    still_well(name, worker)


def hostile():
    head = b"VERSION\t1\t2\nCPID\t1\n"
    refused("garbage", b"GET / HTTP/1.0\r\n\r\n")
    refused("random octets", os.urandom(4096) + b"\n")
    refused("NUL octets", head + b"AUTH\t1\tPLAIN\tservice=smtp\tresp=AA\0AA\n")
    refused("a version of the future", b"VERSION\t9\t0\n")
    refused("a line of a megabyte", head + b"AUTH\t1\tPLAIN\tresp=" + b"A" * (1 << 20) + b"\n")
    refused("a megabyte without a newline", b"A" * (1 << 20))
    refused("AUTH without an id", head + b"AUTH\n")
    refused("an id that is no number", head + b"AUTH\tx\tPLAIN\tresp=AAAA\n")
    refused("an id beyond 32 bits", head + b"AUTH\t4294967296\tPLAIN\tresp=AAAA\n")
    refused("a negative id", head + b"AUTH\t-1\tPLAIN\tresp=AAAA\n")
    refused("no mechanism", head + b"AUTH\t1\t\tresp=AAAA\n")
    refused("an id used twice", head + b"AUTH\t1\tLOGIN\tservice=smtp\n" * 2)
    refused("an answer that nobody asked for", head + b"AUTH\t1\tPLAIN\tservice=smtp\tresp="
            + BAD.encode() + b"\nCONT\t1\tAAAA\n")


def many_conversations():
    """Conversations that are begun and left: the oldest are forgotten, a few hundred at most stay."""
    worker = lab.worker()
    with Peer(SOCKET) as peer:
        peer.send("".join("AUTH\t%d\tLOGIN\tservice=smtp\n" % n for n in range(1, 5001)))
        words = {Answer(peer.line()).word for _ in range(5000)}
        tap.equal(words, {"CONT"}, "5,000 conversations at once: each begins")
        tap.ok(rss_kib(worker) < 65536, "5,000 conversations at once: memory stays small",
               "%d KiB" % rss_kib(worker))
        peer.send("CONT\t5000\t%s\n" % b64("alice"))
        answer = Answer(peer.line())
        tap.ok(answer.number == "5000" and answer.word == "CONT",
               "5,000 conversations at once: the last goes on", answer)
        peer.send("CONT\t1\t%s\n" % b64("alice"))
        tap.ok(peer.closes(3), "5,000 conversations at once: the first is forgotten, which is told")
    still_well("5,000 conversations at once", worker)


def slow_drip():
    """A line that comes octet by octet is answered if it is in time; one that never ends is not."""
    worker = lab.worker()
    with Peer(SOCKET) as peer:
        for octet in "AUTH\t1\tPLAIN\tservice=smtp\tresp=%s\n" % GOOD:
            peer.send(octet)
            time.sleep(0.005)
        tap.equal(Answer(peer.line()).word, "OK", "slow drip: a whole line is answered")
    still_well("slow drip", worker)


def never_reads():
    """Peers that send and never read: bounded memory, and others do not wait."""
    worker = lab.worker()
    before = rss_kib(worker)
    peers = []
    for _ in range(8):
        peer = Peer(SOCKET, timeout=3)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        peers.append(peer)

    def flood(peer):
        try:
            for number in range(1, 60000):
                peer.auth(number, "PLAIN", GOOD)
        except (Closed, OSError):
            pass

    threads = [threading.Thread(target=flood, args=(peer,), daemon=True) for peer in peers]
    for thread in threads:
        thread.start()
    time.sleep(1)
    still_well("peers that never read", worker)
    for thread in threads:
        thread.join(30)
    grown = rss_kib(worker) - before
    tap.ok(grown < 32768, "peers that never read: memory stays small", "%d KiB more" % grown)
    for peer in peers:
        peer.sock.close()


def many_connections():
    """Thousands of idle connections: others are served; when they are gone, so is what they cost."""
    worker = lab.worker()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    before = descriptors(worker)
    held, closed = [], 0
    for _ in range(3000):
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(SOCKET)  # waits while the backlog is full
            held.append(sock)
        except OSError:
            sock.close()
            closed += 1
    for sock in held:
        sock.settimeout(0.0)
    alive, waiting = 0, held
    end = time.monotonic() + 10
    while waiting and time.monotonic() < end:
        silent = []
        for sock in waiting:
            try:
                alive += bool(sock.recv(4096))
            except BlockingIOError:
                silent.append(sock)
            except OSError:
                pass
        waiting = silent
        time.sleep(0.1)
    memory = rss_kib(worker)
    tap.ok(1900 <= alive <= 2000, "3,000 connections: about 2,000 (max_connections) are greeted",
           alive, closed, len(waiting))
    tap.ok(memory < 65536, "3,000 connections: memory stays small", "%d KiB" % memory)
    tap.ok(lab.worker() == worker, "3,000 connections: the worker lives")
    for sock in held:
        sock.close()
    end = time.monotonic() + 5
    while descriptors(worker) > before + 5 and time.monotonic() < end:
        time.sleep(0.1)
    tap.ok(descriptors(worker) <= before + 5, "3,000 connections: all descriptors come back",
           "%d before, %d after" % (before, descriptors(worker)))
    still_well("3,000 connections", worker)


def churn():
    """Connections that come and go in the middle of everything: nothing grows."""
    worker = lab.worker()
    login()
    files, memory = descriptors(worker), rss_kib(worker)
    pieces = ["", "VERSION\t1\t2\n", "AUTH\t1\tPLAIN\tserv", "AUTH\t1\tLOGIN\tservice=smtp\n",
              "AUTH\t1\tPLAIN\tservice=smtp\tresp=%s\n" % BAD,
              "AUTH\t1\tPLAIN\tservice=smtp\tresp=%s\n" % plain("hashed", "x"),
              "AUTH\t1\tSCRAM-SHA-256\tservice=smtp\tresp=%s\n" % b64("n,,n=alice,r=abcdefghij"),
              "AUTH\t1\tCRAM-MD5\tservice=smtp\nCONT\t1\t%s\n"]
    for turn in range(2000):
        piece = pieces[turn % len(pieces)]
        if "%s" in piece:
            # A name of its own for each, or the many failures lock it.
            piece %= b64("nobody-%d 00" % turn)
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(SOCKET)
        try:
            sock.sendall(piece.encode())
        except OSError:
            pass
        sock.close()
    # Until the hashes that were under way (each needs its memory) are done. One look at both: a file that is read
    # again is open for a moment.
    end = time.monotonic() + 10
    while True:
        files_now, grown = descriptors(worker), rss_kib(worker) - memory
        if files_now <= files and grown < 4096 or time.monotonic() > end:
            break
        time.sleep(0.1)
    tap.ok(files_now <= files, "2,000 that leave in the middle: no descriptor stays",
           "%d before, %d after" % (files, files_now))
    tap.ok(grown < 4096, "2,000 that leave in the middle: memory stays",
           "%d KiB before, %d more after" % (memory, grown))
    still_well("2,000 that leave in the middle", worker)


def unfinished(peers, begun):
    """A line that is not completed within 10 s costs the connection."""
    for name, peer in peers.items():
        left = begun + 14 - time.monotonic()
        tap.ok(peer.closes(max(left, 0.1)), name + ": closed in the end")
        peer.sock.close()


def endless_drip():
    """An octet now and then does not buy a line more time."""
    with Peer(SOCKET) as peer:
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 20:
                peer.send("A")
                time.sleep(0.25)
        except Closed:
            pass
        taken = time.monotonic() - begun
        tap.ok(9 < taken < 15, "endless drip: closed after 10 s", "%.1f s" % taken)


lab.unlock()
first_worker = lab.worker()
first_moment = time.monotonic()
halves = {"half a line": Peer(SOCKET), "half a request after a whole one": Peer(SOCKET)}
halves["half a line"].send("AUTH\t1\tPLAIN\tserv")
halves["half a request after a whole one"].send("AUTH\t1\tPLAIN\tservice=smtp\tresp=%s\nAUTH\t2" % BAD)
tap.run(greeting)
tap.run(reasons, "to others", ("secured",))
tap.run(reasons, "to our plugin", PLUGIN)
for function in (names, malformed, injection, exchanges, pipelined, half_close, floor, final_data,
                 hostile, many_conversations, slow_drip, never_reads, churn, many_connections):
    tap.run(function)
lab.unlock()
tap.run(unfinished, halves, first_moment)
tap.run(endless_drip)
tap.ok(lab.worker() == first_worker, "one worker served all of this", first_worker, lab.children())
tap.done()
