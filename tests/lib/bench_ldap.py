# SPDX-License-Identifier: MIT
"""The directory part of tests/bench: logins of the accounts of one slapd, ours and the peers' side by side.

bare libldap    threads that keep their connections: search and bind, or the search alone
ours            verify = bind and verify = hash, over the auth socket and through libsasl2
saslauthd       -a ldap, over its own socket and through libsasl2; ldap_auth_method bind and custom
Dovecot         its ldap passdb, with auth_bind and with the password looked up, with and without blocking
ldapdb          through libsasl2, EXTERNAL over ldapi and proxy authorization
"""
import base64
import glob
import hashlib
import os
import subprocess

from bench_sides import die, in_turns, keep_state, put_first, ratio, rounds_of, start, write

PASSWORD = "right-pw"
ACCOUNTS = 1000
SUFFIX = "dc=bench,dc=test"
BASE = "ou=people," + SUFFIX
SERVICE, SERVICE_PASSWORD = "cn=service,ou=services," + SUFFIX, "service-pw"
URI = "ldap://127.0.0.1:3890"
# Of bench_auth, bench_sasl and bench_mux: the star is a number. The clear ones are for ldapdb, which compares
# octets.
NAME, CLEAR = "user*", "clear*"
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packaging/ldap/sasl-reason.schema")

SLAPD = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include %(schema)s
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile %(place)s/slapd.pid
argsfile %(place)s/slapd.args
loglevel none
authz-policy to
authz-regexp "gidNumber=.*[+]uidNumber=0,cn=peercred,cn=external,cn=auth" "cn=proxy,ou=services,%(suffix)s"
authz-regexp "uid=([^,]*),cn=.*" "uid=$1,ou=clear,%(suffix)s"
access to attrs=userPassword by dn.exact="%(service)s" read by self read by anonymous auth by * none
access to dn.subtree="%(suffix)s" by * read
database mdb
suffix "%(suffix)s"
rootdn "cn=admin,%(suffix)s"
directory %(place)s/slapd
maxsize 67108864
dbnosync
index uid,objectClass eq
"""

REASOND = """
user = nobody
log = stderr
log_level = warning
state_directory = "%(place)s/state-ldap"
admin_socket = ""
listener "%(place)s/reason-ldap" {
	mode = 0666
}
realm bind.test {
	backends = {bind}
}
realm hash.test {
	backends = {hash}
}
"""

BACKEND = """
backend_ldap %(verify)s {
	uri = {"%(uri)s"}
	starttls = no
	bind_dn = "%(service)s"
	bind_password_file = "%(place)s/service.pw"
	base = "%(base)s"
	filter = "(uid=%%u)"
	dialect = openldap
	verify = %(verify)s
}
"""

SASLAUTHD = """
ldap_servers: %(uri)s
ldap_bind_dn: %(service)s
ldap_bind_pw: %(service_password)s
ldap_search_base: %(base)s
ldap_filter: uid=%%u
ldap_auth_method: %(method)s
"""

DOVECOT = """
base_dir = %(place)s/%(folder)s
state_dir = %(place)s/%(folder)s
log_path = %(place)s/%(folder)s.log
protocols =
ssl = no
default_idle_kill = 1 hour
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {
	driver = ldap
	args = %(place)s/%(folder)s.ldap
}
service auth {
	user = root
	client_limit = 4096
	unix_listener %(place)s/%(folder)s-auth {
		mode = 0666
	}
}
service auth-worker {
	user = root
}
"""

DOVECOT_LDAP = """
uris = %(uri)s
dn = %(service)s
dnpass = %(service_password)s
base = %(base)s
pass_filter = (uid=%%n)
"""
AUTH_BIND = "auth_bind = yes\npass_attrs = uid=user\n"
LOOKED_UP = "auth_bind = no\npass_attrs = userPassword=password\ndefault_pass_scheme = SSHA\n"

LDAPDB = """
pwcheck_method: auxprop
auxprop_plugin: ldapdb
mech_list: PLAIN
ldapdb_uri: ldapi://%(ldapi)s
ldapdb_mech: EXTERNAL
ldapdb_id: proxy
ldapdb_pw: none
"""


def ssha():
    salt = os.urandom(8)
    return "{SSHA}" + base64.b64encode(hashlib.sha1(PASSWORD.encode() + salt).digest() + salt).decode()


def entry(dn, *lines):
    return "\n".join(("dn: " + dn,) + lines) + "\n\n"


def account(name, unit, secret):
    return entry("uid=%s,ou=%s,%s" % (name, unit, SUFFIX), "objectClass: inetOrgPerson", "uid: " + name,
                 "cn: " + name, "sn: " + name, "mail: %s@bench.test" % name, "userPassword: " + secret)


def ldif():
    text = entry(SUFFIX, "objectClass: dcObject", "objectClass: organization", "o: bench", "dc: bench")
    for unit in ("people", "clear", "services"):
        text += entry("ou=%s,%s" % (unit, SUFFIX), "objectClass: organizationalUnit", "ou: " + unit)
    for name, line in (("service", "userPassword: " + SERVICE_PASSWORD),
                       ("proxy", "authzTo: dn.onelevel:ou=clear," + SUFFIX)):
        text += entry("cn=%s,ou=services,%s" % (name, SUFFIX), "objectClass: person", "cn: " + name, "sn: " + name,
                      line)
    for number in range(ACCOUNTS):
        text += account(NAME.replace("*", "%03d" % number), "people", ssha())
        text += account(CLEAR.replace("*", "%03d" % number), "clear", PASSWORD)
    return text


class Directory:
    """slapd and what logs in to it."""

    def __init__(self, place, build):
        self.place = place
        self.build = build
        self.ldapi = place + "/ldapi"
        self.words = {"place": place, "suffix": SUFFIX, "base": BASE, "uri": URI, "service": SERVICE,
                      "service_password": SERVICE_PASSWORD, "ldapi": self.ldapi.replace("/", "%2F"), "schema": SCHEMA}
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.start_slapd()
        self.start_reasond()
        for method in ("bind", "custom"):
            self.start_saslauthd(method)
        self.start_dovecot("dovecot-bind", AUTH_BIND)
        self.start_dovecot("dovecot-lookup", LOOKED_UP)
        self.start_dovecot("dovecot-bind-blocking", AUTH_BIND + "blocking = yes\n")
        self.link_ldapdb()
        put_first()

    def start_slapd(self):
        os.mkdir(self.place + "/slapd")
        write(self.place + "/slapd.conf", SLAPD % self.words)
        write(self.place + "/slapd.ldif", ldif())
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", self.place + "/slapd.conf", "-l", self.place + "/slapd.ldif"],
                       check=True)
        start("slapd", "ldapi", "/usr/sbin/slapd", "-d", "0", "-f", self.place + "/slapd.conf", "-h",
              "%s ldapi://%s" % (URI, self.words["ldapi"]), session=True)

    def start_reasond(self):
        keep_state(self.place + "/state-ldap")
        write(self.place + "/service.pw", SERVICE_PASSWORD, 0o600, "nobody")
        backends = [BACKEND % dict(self.words, verify=verify) for verify in ("bind", "hash")]
        write(self.place + "/reason-ldap.conf", "".join([REASOND % self.words] + backends))
        start("reason-ldap", "reason-ldap", self.build + "/sasl-reasond", "-c", self.place + "/reason-ldap.conf",
              "--foreground", session=True)

    def start_saslauthd(self, method):
        name = "saslauthd-" + method
        os.mkdir("%s/%s" % (self.place, name))
        write("%s/%s.conf" % (self.place, name), SASLAUTHD % dict(self.words, method=method))
        start(name, name + "/mux", "/usr/sbin/saslauthd", "-a", "ldap", "-n", "16", "-m", "%s/%s" % (self.place, name),
              "-O", "%s/%s.conf" % (self.place, name))

    def start_dovecot(self, folder, more):
        words = dict(self.words, folder=folder)
        os.mkdir("%s/%s" % (self.place, folder))
        write("%s/%s.ldap" % (self.place, folder), DOVECOT_LDAP % words + more)
        write("%s/%s.conf" % (self.place, folder), DOVECOT % words)
        start(folder, folder + "-auth", "/usr/sbin/dovecot", "-F", "-c", "%s/%s.conf" % (self.place, folder),
              session=True)

    def link_ldapdb(self):
        folder = self.place + "/ldapdb"
        plugins = glob.glob("/usr/lib/*/sasl2/libplain.so") + glob.glob("/usr/lib/*/sasl2/libldapdb.so")
        if len(plugins) != 2:
            die("no stock libldapdb.so: tests/deps")
        os.mkdir(folder)
        for plugin in plugins:
            os.symlink(plugin, "%s/%s" % (folder, os.path.basename(plugin)))
        write(folder + "/bench_sasl.conf", LDAPDB % self.words)

    # --- what is measured: commands for bench_sides.rounds_of ---

    def tool(self, name, *arguments):
        return [self.build + "/tests/bench_" + name] + [str(argument) for argument in arguments]

    def bare(self, verify, threads, ms):
        attributes = {"bind": "1.1", "hash": "userPassword"}[verify]
        return self.tool("ldap", URI, BASE, SERVICE, SERVICE_PASSWORD, NAME, PASSWORD, verify, attributes, threads, ms)

    def ours(self, verify, connections, ms):
        return self.tool("auth", self.place + "/reason-ldap", "%s@%s.test" % (NAME, verify), PASSWORD, connections, ms)

    def ours_sasl(self, verify, processes, ms):
        return self.tool("sasl", self.place + "/ours", self.place + "/reason-ldap", "%s@%s.test" % (NAME, verify),
                         PASSWORD, processes, ms)

    def saslauthd(self, method, processes, ms):
        return self.tool("mux", "%s/saslauthd-%s/mux" % (self.place, method), NAME, PASSWORD, processes, ms)

    def saslauthd_sasl(self, method, processes, ms):
        return self.tool("sasl", self.place + "/stock", "%s/saslauthd-%s/mux" % (self.place, method), NAME, PASSWORD,
                         processes, ms)

    def dovecot(self, folder, connections, ms):
        return self.tool("auth", "%s/%s-auth" % (self.place, folder), NAME + "@bench.test", PASSWORD, connections, ms)

    def ldapdb(self, processes, ms):
        return self.tool("sasl", self.place + "/ldapdb", "-", CLEAR, PASSWORD, processes, ms)


def goals(report, figures, ours, rows):
    """Rows of side, what is wanted of the ratio or None."""
    for side, wanted in rows:
        times = ratio(figures[ours], figures[side])
        if wanted:
            report.goal("%s against %s" % (ours, side), "%.2f x" % times, ">= %.2f" % wanted, times >= wanted,
                        times >= wanted / 3)
        else:
            report.figure("%s against %s" % (ours, side), "%.2f x" % times)


def many(count, what):
    return "%d %s%s" % (count, what, "es" if what[-1] == "s" and count > 1 else "s" if count > 1 else "")


class Measurement:
    def __init__(self, place, build, report, rounds, ms):
        self.make = lambda: Directory(place, build)
        self.directory = None
        self.report = report
        self.rounds, self.ms = rounds, ms
        self.patience = 1 if report.quick else 3

    def take(self, title, clients, sides):
        """The figures of sides, whose commands are made by functions of the length of a round, or None."""
        title = "directory, " + title
        if not self.report.wants(title):
            return None
        self.directory = self.directory or self.make()
        rounds, ms = in_turns(clients, self.rounds, self.ms)
        figures = rounds_of({name: command(self.directory, ms) for name, command in sides.items()}, rounds,
                            self.patience)
        self.report.title(title)
        self.report.figures(figures)
        return figures

    def by_bind(self, clients, others):
        sides = {
            "bare libldap": lambda d, ms: d.bare("bind", clients, ms),
            "ours": lambda d, ms: d.ours("bind", clients, ms),
            "saslauthd": lambda d, ms: d.saslauthd("bind", clients, ms),
            "Dovecot": lambda d, ms: d.dovecot("dovecot-bind", clients, ms),
        }
        if others:
            sides["Dovecot, blocking = yes"] = lambda d, ms: d.dovecot("dovecot-bind-blocking", clients, ms)
        figures = self.take("search and bind, " + many(clients, "connection"), clients, sides)
        if figures:
            wanted = {"bare libldap": 0.75, "saslauthd": 1.1, "Dovecot": 1.7} if clients == 16 else {}
            goals(self.report, figures, "ours", [(side, wanted.get(side)) for side in sides if side != "ours"])

    def by_hash(self, clients, others):
        sides = {
            "bare libldap": lambda d, ms: d.bare("hash", clients, ms),
            "ours": lambda d, ms: d.ours("hash", clients, ms),
            "saslauthd": lambda d, ms: d.saslauthd("bind", clients, ms),
            "Dovecot": lambda d, ms: d.dovecot("dovecot-bind", clients, ms),
        }
        if others:
            sides["saslauthd, custom"] = lambda d, ms: d.saslauthd("custom", clients, ms)
            sides["Dovecot, looked up"] = lambda d, ms: d.dovecot("dovecot-lookup", clients, ms)
        figures = self.take("stored secret, " + many(clients, "connection"), clients, sides)
        if figures:
            wanted = {"bare libldap": 0.75, "saslauthd": 2, "Dovecot": 3} if clients == 16 else {}
            goals(self.report, figures, "ours", [(side, wanted.get(side)) for side in sides if side != "ours"])

    def by_sasl(self, processes):
        sides = {
            "ours, bind": lambda d, ms: d.ours_sasl("bind", processes, ms),
            "ours, hash": lambda d, ms: d.ours_sasl("hash", processes, ms),
            "saslauthd": lambda d, ms: d.saslauthd_sasl("bind", processes, ms),
            "ldapdb": lambda d, ms: d.ldapdb(processes, ms),
        }
        figures = self.take("PLAIN through libsasl2, " + many(processes, "process"), processes, sides)
        if figures:
            goals(self.report, figures, "ours, bind", [("saslauthd", None), ("ldapdb", None)])
            goals(self.report, figures, "ours, hash",
                  [("saslauthd", None), ("ldapdb", 2 if processes == 16 else None)])


def measure(place, build, report, quick):
    measurement = Measurement(place, build, report, *((2, 200) if quick else (5, 600)))
    for clients in (16,) if quick else (1, 16):
        measurement.by_bind(clients, not quick)
        measurement.by_hash(clients, not quick)
        measurement.by_sasl(clients)
