#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The worker killed, stopped and away in the middle of logins: never a 535, and soon well again.

Needs the lab (tests/lab up). Each session is at one of several stages when the worker goes: past
EHLO, past the first challenge of each mechanism, or at the last step of SCRAM.
"""
import concurrent.futures
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True
import lab
import smtp
import tap
from pace import Metronome

LATER = ("454", "435")
ANSWER_S = 10.0
RECOVER_S = 5.0


class Stage:
    """A session that has got somewhere; finish() says the rest and returns the last reply."""

    def __init__(self, mta, name, tls=False):
        self.mta, self.name = mta, name
        self.session = smtp.Session(lab.where(mta), tls)
        mech, _, self.at = name.partition(" ")
        self.mech = mech
        if self.at in ("challenge", "name"):
            self.want(self.session.begin(mech))
        if self.at == "name":
            self.want(self.session.respond("alice"))
        if self.at == "final":
            self.scram = smtp.Scram("alice", lab.RIGHT)
            self.want(self.session.begin(mech, self.scram.first()))
        if self.at == "signed":
            self.scram = smtp.Scram("alice", lab.RIGHT)
            self.want(self.session.begin(mech, self.scram.first()))
            self.want(self.session.respond(self.scram.final(self.session.steps[-1])))

    @staticmethod
    def want(reply):
        if reply.code != "334":
            raise RuntimeError("wanted a challenge, not %s" % reply)

    def rest(self):
        session = self.session
        if self.at == "ehlo":
            return session.auth(self.mech, "alice", lab.RIGHT)
        if self.at == "final":
            reply = session.respond(self.scram.final(session.steps[-1]))
            return session.respond("") if reply.code == "334" else reply
        if self.at == "signed":
            return session.respond("")
        if self.mech == "PLAIN":
            return session.respond("\0alice\0" + lab.RIGHT)
        if self.mech == "CRAM-MD5":
            return session.respond(session.cram_answer("alice", lab.RIGHT))
        if self.at == "challenge":
            reply = session.respond("alice")
            return session.respond(lab.RIGHT) if reply.code == "334" else reply
        return session.respond(lab.RIGHT)

    def finish(self):
        begun = time.monotonic()
        try:
            reply = self.rest()
        except smtp.Gone as error:
            reply = smtp.Reply(["000 %s" % error])
        reply.seconds = time.monotonic() - begun
        # Nothing of a failed exchange may stay: the same session logs in when all is well again.
        return reply

    def again(self):
        """Another login in the same session, and a message if it is let in."""
        try:
            reply = self.session.auth("PLAIN", "alice", lab.RIGHT)
            if reply.code == "235":
                sent = self.session.mail("alice@example.org")
                reply = reply if sent.code == "250" else sent
        except smtp.Gone as error:
            reply = smtp.Reply(["000 %s" % error])
        self.session.close()
        return reply


STAGES = ["PLAIN ehlo", "LOGIN ehlo", "CRAM-MD5 ehlo", "SCRAM-SHA-256 ehlo", "PLAIN challenge",
          "LOGIN challenge", "LOGIN name", "CRAM-MD5 challenge", "SCRAM-SHA-256 final",
          "SCRAM-SHA-256 signed"]


def well():
    """Seconds until every MTA logs alice in by a new session; it may not say 535 meanwhile."""
    begun = time.monotonic()
    faults = []

    def login(mta):
        while True:
            try:
                reply = smtp.try_login(lab.where(mta), "PLAIN", "alice", lab.RIGHT, timeout=12)
            except smtp.Gone as error:
                reply = smtp.Reply(["000 %s" % error])
            if reply.code == "235":
                break
            if reply.code not in LATER:
                faults.append("%s: %r" % (mta, reply))
            if time.monotonic() - begun > 30:
                faults.append("%s: never well" % mta)
                break
            time.sleep(0.05)
    with concurrent.futures.ThreadPoolExecutor(len(lab.MTAS)) as pool:
        list(pool.map(login, lab.MTAS))
    return time.monotonic() - begun, faults


def banners(title):
    """New sessions get a banner and an EHLO that offers AUTH, whatever the worker does."""
    def look(mta):
        begun = time.monotonic()
        try:
            with smtp.Session(lab.where(mta), timeout=15) as session:
                fault = "" if session.mechanisms else "no AUTH in EHLO"
        except smtp.Gone as error:
            fault = str(error)
        if time.monotonic() - begun > ANSWER_S:
            fault += " after %.1f s" % (time.monotonic() - begun)
        return fault and "%s: %s" % (mta, fault)
    with concurrent.futures.ThreadPoolExecutor(len(lab.MTAS)) as pool:
        faults = list(filter(None, pool.map(look, lab.MTAS)))
    tap.ok(not faults, title + ": new sessions get a banner with AUTH", *faults)


def open_stages(tls):
    stages = []
    for mta in lab.MTAS:
        for name in STAGES:
            try:
                stages.append(Stage(mta, name, tls))
            except (smtp.Gone, RuntimeError) as error:
                tap.ok(False, "%s, %s gets there" % (mta, name), error)
    return stages


def judge(title, stages, replies, may_succeed, budget):
    """`may_succeed`: the worker came back; who had only to nod to SCRAM's end is in anyway."""
    for mta in lab.MTAS:
        faults = []
        for stage, reply in zip(stages, replies):
            if stage.mta != mta:
                continue
            good = reply.code in LATER or reply.code == "235" and (
                may_succeed or stage.at == "signed")
            if not good or reply.seconds > budget:
                faults.append("%s: %r after %.1f s" % (stage.name, reply, reply.seconds))
        tap.ok(not faults, "%s, %s: 454 or 435%s within 10 s" % (
            title, mta, " or success" if may_succeed else ""), "at most %.1f s" % budget, *faults)


def interrupted(title, hit, tls):
    """Sessions at every stage, then hit() the worker, then go on with all of them at once."""
    stages = open_stages(tls)
    metronome = Metronome()
    old = hit()
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(stages) + 1) as pool:
        look = pool.submit(banners, title)
        replies = list(pool.map(Stage.finish, stages))
        look.result()
    delay = metronome.take()
    judge(title, stages, replies, True, ANSWER_S + delay)
    lab.new_worker(old)
    taken, faults = well()
    total = time.monotonic() - begun
    budget = RECOVER_S + 1 + delay + metronome.stop()
    tap.ok(not faults, title + ": no 535 while it comes back", *faults)
    if title.startswith("killed"):
        tap.ok(total < budget, "%s: well again soon" % title, "%.1f s of %.1f s" % (total, budget))
    replies = [stage.again() for stage in stages]
    faults = ["%s, %s: %r" % (stage.mta, stage.name, reply)
              for stage, reply in zip(stages, replies)
              # Who had been let in is told that, 503 or 5xx of the MTA's own.
              if reply.code != "235" and not reply.code.startswith("503")]
    tap.ok(not faults, title + ": the same sessions log in then", *faults)


def recovery(title, number):
    """From the blow until every MTA lets alice in again: at most 5 s."""
    old = lab.signal_worker(number)
    metronome = Metronome()
    begun = time.monotonic()
    _, faults = well()
    taken = time.monotonic() - begun
    budget = RECOVER_S + metronome.stop()
    tap.ok(not faults, title + ": nobody reads 535", *faults)
    tap.ok(taken < budget, title + ": every MTA is well within 5 s",
           "%.2f s of %.2f s" % (taken, budget))
    tap.ok(lab.new_worker(old) != old, title + ": by a new worker")


def under_load():
    """Logins without a pause while the worker is killed and stopped, six times."""
    end = time.monotonic() + 27
    seen = {mta: {} for mta in lab.MTAS}
    slow, faults = [], []
    metronome = Metronome()

    def hammer(mta, mech, tls):
        while time.monotonic() < end:
            taken = 0
            try:
                with smtp.Session(lab.where(mta), tls) as session:
                    begun = time.monotonic()
                    reply = session.auth(mech, "alice", lab.RIGHT)
                    taken = time.monotonic() - begun
            except smtp.Gone as error:
                reply = smtp.Reply(["000 %s" % error])
            seen[mta][reply.code] = seen[mta].get(reply.code, 0) + 1
            line = "%s, %s: %r after %.1f s" % (mta, mech, reply, taken)
            if reply.code not in ("235", *LATER):
                faults.append(line)
            slow.append((taken, line))

    jobs = [(mta, mech, tls) for mta in lab.MTAS
            for mech, tls in (("PLAIN", False), ("SCRAM-SHA-256", True))]
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(hammer, *job) for job in jobs]
        for number in (signal.SIGKILL, signal.SIGSTOP) * 3:
            time.sleep(3.5)
            old = lab.signal_worker(number)
            lab.new_worker(old)
        for each in running:
            each.result()
    budget = ANSWER_S + metronome.stop()
    for mta in lab.MTAS:
        mine = [fault for fault in faults if fault.startswith(mta + ",")]
        mine += [line for taken, line in slow if taken > budget and line.startswith(mta + ",")]
        tap.ok(not mine and seen[mta].get("235", 0) > 20,
               "under load, %s: only 235, 454 and 435: %s" % (mta, seen[mta]),
               "at most %.1f s" % budget, *mine[:10])


def stop():
    lab.command("daemon", "stop")


def crash():
    """The whole daemon dies and leaves its sockets' files."""
    old = lab.worker()
    os.kill(lab.parent(), signal.SIGKILL)
    os.kill(old, signal.SIGKILL)
    while os.path.exists("/proc/%d/cwd" % old):
        time.sleep(0.02)


def away(title, end):
    """No daemon at all: sessions past EHLO get 454 or 435, and all is well when it is back."""
    stages = open_stages(False)
    metronome = Metronome()
    end()
    try:
        with concurrent.futures.ThreadPoolExecutor(len(stages)) as pool:
            replies = list(pool.map(Stage.finish, stages))
    finally:
        lab.command("daemon", "start")
    judge(title, stages, replies, False, ANSWER_S + metronome.take())
    faults = []
    for stage, first in zip(stages, replies):
        reply = stage.again()
        if reply.code != ("235" if first.code != "235" else "503"):
            faults.append("%s, %s: %r" % (stage.mta, stage.name, reply))
    tap.ok(not faults, title + ": the same sessions log in when it is back, and send", *faults)
    metronome.take()
    taken, faults = well()
    tap.ok(taken < RECOVER_S + metronome.stop() and not faults, title + ": all well when it is back",
           "%.1f s" % taken, *faults)


def no_secrets():
    """No MTA's log has the password of a login that went wrong (Exim's readsocket can do that)."""
    secrets = (b"resp=", b"AUTH\t1", smtp.b64("\0alice\0" + lab.RIGHT).encode(),
               lab.RIGHT.encode())
    for mta in lab.MTAS:
        folder = os.path.dirname(lab.log_of(mta))
        found = []
        for name in filter(lambda name: name.endswith("log"), os.listdir(folder)):
            if os.path.isfile(os.path.join(folder, name)):
                with open(os.path.join(folder, name), "rb") as file:
                    # A second AUTH after a good one is Exim's to log, and it logs all of it.
                    found += ["%s: %r" % (name, line) for line in file
                              if any(secret in line for secret in secrets)
                              and b"protocol error" not in line]
        tap.ok(not found, "%s: no credentials in its logs" % mta, *found[:5])


def same_salts():
    """SCRAM's salts are the same in every worker and after a restart of the daemon."""
    def salts():
        return {name: smtp.try_login(lab.where("postfix"), "SCRAM-SHA-256", name, lab.WRONG,
                                     ).scram.salt
                for name in ("alice", "hashed", "oauth", "nobody-here", "someone-else")}
    before = salts()
    lab.new_worker(lab.signal_worker(signal.SIGKILL))
    tap.equal(salts(), before, "SCRAM: the salts stay with a new worker")
    lab.command("daemon", "stop")
    lab.command("daemon", "start")
    tap.equal(salts(), before, "SCRAM: the salts stay with a restart")


lab.unlock()
for with_tls in (False, True):
    suffix = " with TLS" if with_tls else ""
    tap.run(interrupted, "killed" + suffix, lambda: lab.signal_worker(signal.SIGKILL), with_tls)
    tap.run(interrupted, "stopped" + suffix, lambda: lab.signal_worker(signal.SIGSTOP), with_tls)
time.sleep(1.2)
tap.run(recovery, "recovery after SIGKILL", signal.SIGKILL)
time.sleep(1.2)
tap.run(recovery, "recovery after SIGSTOP", signal.SIGSTOP)
tap.run(under_load)
tap.run(away, "away", stop)
tap.run(away, "crashed", crash)
tap.run(same_salts)
tap.run(no_secrets)
tap.done()
