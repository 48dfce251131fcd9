/* SPDX-License-Identifier: MIT */
/* Tests of base/pwhash: vectors of the tools and RFCs, broken and hostile entries, our own making. */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pwhash.h"

struct verify_row {
	const char *name;
	const char *stored;
	const char *secret;
	enum pwhash_match want;
	bool want_slow;
};

/* "doveadm": doveadm pw -s SCHEME -p right-pw of Dovecot 2.3.19. */
static const struct verify_row matching[] = {
	{"doveadm PLAIN", "{PLAIN}right-pw", "right-pw", PWHASH_YES, false},
	{"doveadm CLEARTEXT", "{CLEARTEXT}right-pw", "right-pw", PWHASH_YES, false},
	{"doveadm CLEAR", "{CLEAR}right-pw", "right-pw", PWHASH_YES, false},
	{"doveadm PLAIN.b64", "{PLAIN.b64}cmlnaHQtcHc=", "right-pw", PWHASH_YES, false},
	{"doveadm CRYPT", "{CRYPT}$2y$05$ApUfmoAfym1AQZC2KMw.AedapYXIJwdFGeVBakuvsvzrzpDyCKfTq",
	 "right-pw", PWHASH_YES, true},
	{"doveadm DES-CRYPT", "{DES-CRYPT}ribdotZWG1Eqs", "right-pw", PWHASH_YES, false},
	{"doveadm MD5-CRYPT", "{MD5-CRYPT}$1$EImgb.Ty$1RmAqONkAAo.Ilcke0j6O1", "right-pw",
	 PWHASH_YES, true},
	{"doveadm SHA256-CRYPT",
	 "{SHA256-CRYPT}$5$VkbGvtmWn.ogY/on$MRJ7DSca2TxGsZWqyjHfMIDwy38Qr08GertLAecPMc4",
	 "right-pw", PWHASH_YES, true},
	{"doveadm SHA512-CRYPT",
	 "{SHA512-CRYPT}$6$B7u6nM3zUS.fsWjr$l5RYYX1yUYr4IAdLIFgnYoa5HyzltWN.KiNK8avCwKU.pElGnfDYiPz"
	 "QgOobgK08ISRa1/uRAsXDG4MGNG0h51",
	 "right-pw", PWHASH_YES, true},
	{"doveadm BLF-CRYPT",
	 "{BLF-CRYPT}$2y$05$W.GqDgk6BuicLPa.rlE.dO54sFbswG.rM2GLHgUJ/bpriV6U4piRC", "right-pw",
	 PWHASH_YES, true},
	{"doveadm SHA", "{SHA}JKrl/S9IBySaR46ZnHd72SLS2L4=", "right-pw", PWHASH_YES, false},
	{"doveadm SHA1", "{SHA1}JKrl/S9IBySaR46ZnHd72SLS2L4=", "right-pw", PWHASH_YES, false},
	{"doveadm SSHA", "{SSHA}4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e", "right-pw", PWHASH_YES, false},
	{"doveadm SSHA.b64", "{SSHA.B64}CcY1zRMa4miqtDaK6wUv0p35eAnLYqHa", "right-pw", PWHASH_YES,
	 false},
	{"doveadm SHA256", "{SHA256}8/09hdJwcF4jnJdyoEUvCE/tM4dYuv8cGcr//xCYEYI=", "right-pw",
	 PWHASH_YES, false},
	{"doveadm SHA256.hex",
	 "{SHA256.HEX}f3fd3d85d270705e239c9772a0452f084fed338758baff1c19caffff10981182", "right-pw",
	 PWHASH_YES, false},
	{"SHA256 in hex, unsaid",
	 "{SHA256}f3fd3d85d270705e239c9772a0452f084fed338758baff1c19caffff10981182", "right-pw",
	 PWHASH_YES, false},
	{"doveadm SSHA256", "{SSHA256}3137NPp9xLVFJ6CSXO1bT3E9E8DsO39oXb2jBsjnZYF1h2mn", "right-pw",
	 PWHASH_YES, false},
	{"doveadm SHA512",
	 "{SHA512}PqB3zvcxWTx0ji0Vg2zq/iIHXRSw64Kv2Q1mZtuXAUq214nyjbbe7tZjlovLANmzaBNEpVHrgYUIA0f4Mh"
	 "WF+w==",
	 "right-pw", PWHASH_YES, false},
	{"doveadm SSHA512",
	 "{SSHA512}eAQzTmmonYxJQKrYkMDH048YwdSZrlmN4y5+676r7w3bDQAbGXlpWwpS9rAGN1tLKVPyH/iLjfHf0KJiP"
	 "GSIl2ry8K0=",
	 "right-pw", PWHASH_YES, false},
	{"doveadm SSHA512.hex",
	 "{SSHA512.HEX}5a7acc65d4ea9d88cb8c3b6dd26603ece939661d732b069daaf276bf6d6c8aea2fc66886b78bb"
	 "39ecc63cad3541ba1873d76ce02f999a615cab8721b506f88a661380969",
	 "right-pw", PWHASH_YES, false},
	{"doveadm PBKDF2",
	 "{PBKDF2}$1$/XoSiej6rMd8tB9E$5000$4e8ede0015426e89128434dcd9f1e7a63e432381", "right-pw",
	 PWHASH_YES, true},
	{"doveadm ARGON2I",
	 "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$fUwCag3pUZ2k9RCWJJDsBA$5cGeeshzWugSkxYpbYZsvf7UZP0"
	 "LoMhEwf6yL+tZpJ8",
	 "right-pw", PWHASH_YES, true},
	{"doveadm ARGON2ID",
	 "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJ"
	 "u5EBtq4m2K+b7RlHZk",
	 "right-pw", PWHASH_YES, true},
	{"doveadm SCRAM-SHA-1",
	 "{SCRAM-SHA-1}4096,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFahCyh4uw"
	 "qltcbFZOIw=",
	 "right-pw", PWHASH_YES, true},
	{"doveadm SCRAM-SHA-256",
	 "{SCRAM-SHA-256}4096,FM4eUXHZJZ+8AlVoNH+kGA==,t7tsZH60hOCgGomUSVF655gK/IxvkklHaeg8mhL0aCA="
	 ",8vzqfq5/iEA6/38xXmYICzUigdXEwqtUZrDQ68jg3XQ=",
	 "right-pw", PWHASH_YES, true},
	{"doveadm CRYPT.hex",
	 "{SHA256-CRYPT.HEX}2435242e533042514d4631574b7138766c336b243963793742765172737672596b425441"
	 "4349725671394937536f70774c41482e74736a31637a514a497a34",
	 "right-pw", PWHASH_YES, true},
	{"doveadm MD5", "{MD5}$1$nbQWfYmc$xD/vgjN/qI.DH1gE7kkcV/", "right-pw", PWHASH_YES, true},
	{"doveadm SMD5", "{SMD5}UrTUL/7i6JGlupg2oOYl3siz5eA=", "right-pw", PWHASH_YES, false},
	{"doveadm LDAP-MD5", "{LDAP-MD5}eqxSG3g2nXP5duK4dJd3vw==", "right-pw", PWHASH_YES, false},
	{"slapd MD5", "{MD5}eqxSG3g2nXP5duK4dJd3vw==", "right-pw", PWHASH_YES, false},
	{"doveadm PLAIN-MD5", "{PLAIN-MD5}7aac521b78369d73f976e2b8749777bf", "right-pw", PWHASH_YES,
	 false},
	/* slapd-pw-pbkdf2(5), EXAMPLES */
	{"slapd PBKDF2-SHA1",
	 "{PBKDF2-SHA1}10000$QJTEclnXgh9Cz3ChCWpdAg$9.s98jwFJM.NXJK9ca/oJ5AyoAQ", "secret",
	 PWHASH_YES, true},
	{"slapd PBKDF2 is SHA-1",
	 "{PBKDF2}10000$QJTEclnXgh9Cz3ChCWpdAg$9.s98jwFJM.NXJK9ca/oJ5AyoAQ", "secret", PWHASH_YES,
	 true},
	{"slapd PBKDF2-SHA256",
	 "{PBKDF2-SHA256}10000$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZneU0fCg",
	 "secret", PWHASH_YES, true},
	{"slapd PBKDF2-SHA512",
	 "{PBKDF2-SHA512}10000$/oQ4xZi382mk7kvCd3ZdkA$2wqjpuyV2l0U/a1QwoQPOtlQL.UcJGNACj1O24balruqQ"
	 "b/NgPW6OCvvrrJP8.SzA3/5iYvLnwWPzeX8IK/bEQ",
	 "secret", PWHASH_YES, true},
	{"passlib without braces",
	 "$pbkdf2-sha256$10000$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZneU0fCg",
	 "secret", PWHASH_YES, true},
	/* README of the argon2 reference implementation: four lanes */
	{"argon2 tool, no braces",
	 "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG", "password",
	 PWHASH_YES, true},
	/* the user and keys of RFC 5802 section 5 and RFC 7677 section 3, in the form of RFC 5803 */
	{"RFC 5802", "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
	 "D+CSWLOshSulAsxiupA+qs2/fTE=", "pencil", PWHASH_YES, true},
	{"RFC 7677", "{SCRAM-SHA-256}4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcX"
	 "kuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", "pencil", PWHASH_YES, true},
	/* mkpasswd -m nt, and openssl dgst -md4 of the text in UTF-16LE */
	{"NT", "{NT}d27d3608ee74cc8e543d4b58345c9ff1", "right-pw", PWHASH_YES, false},
	{"NT in capitals", "{nt}8846F7EAEE8FB117AD06BDD830B7586C", "password", PWHASH_YES, false},
	{"NT in base64", "{NT.b64}iEb36u6PsRetBr3YMLdYbA==", "password", PWHASH_YES, false},
	{"NT beyond ASCII", "{NT}9ace07fad79378af8d5d578a32d804f8", "p\303\244ssw\303\266rd \342\234\223",
	 PWHASH_YES, false},
	{"NT beyond sixteen bits", "{NT}32ac36b9d8ad345e0d94f00921fbf855", "key \360\237\224\221", PWHASH_YES,
	 false},
	/* scheme names are optional */
	{"no braces is crypt",
	 "$6$B7u6nM3zUS.fsWjr$l5RYYX1yUYr4IAdLIFgnYoa5HyzltWN.KiNK8avCwKU.pElGnfDYiPzQgOobgK08ISRa1/"
	 "uRAsXDG4MGNG0h51",
	 "right-pw", PWHASH_YES, true},
	{"lower case scheme", "{ssha}4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e", "right-pw", PWHASH_YES,
	 false},
	{"secret of one octet", "{PLAIN}x", "x", PWHASH_YES, false},
	{"cleartext with a brace", "{PLAIN}{x}y", "{x}y", PWHASH_YES, false},
	{"cleartext that looks like crypt", "{PLAIN}$1$x", "$1$x", PWHASH_YES, false},
};

START_TEST(test_verify)
{
	const struct verify_row *row = &matching[_i];
	struct span stored = span_of(row->stored);
	char longer[128];
	const char *fault = "unset";

	ck_assert_msg(pwhash_verify(stored, span_of(row->secret)) == row->want, "%s", row->name);
	ck_assert_msg(pwhash_verify(stored, span_of("wrong-pw")) == PWHASH_NO, "%s", row->name);
	ck_assert_msg(pwhash_verify(stored, span_of("")) == PWHASH_NO, "%s", row->name);
	snprintf(longer, sizeof(longer), "%.3s", row->secret);
	if (strlen(row->secret) > 3)
		ck_assert_msg(pwhash_verify(stored, span_of(longer)) == PWHASH_NO, "%s", row->name);
	ck_assert_msg(pwhash_slow(stored) == row->want_slow, "%s", row->name);
	ck_assert_msg(pwhash_valid(stored, &fault), "%s", row->name);
	ck_assert_msg(fault == NULL, "%s", row->name);
}
END_TEST

/* An entry that must never match, never crash, and answer at once. */
static const struct {
	const char *name;
	const char *stored;
} broken[] = {
	{"empty", ""},
	{"no data", "{PLAIN}"},
	{"no crypt data", "{CRYPT}"},
	{"no scheme", "{}abc"},
	{"open brace", "{PLAIN"},
	{"only a brace", "{"},
	{"unknown scheme", "{ROT13}evtug-cj"},
	{"unknown encoding", "{PLAIN.b32}cmlnaHQtcHc="},
	{"empty encoding", "{PLAIN.}right-pw"},
	{"second encoding", "{PLAIN.b64.b64}cmlnaHQtcHc="},
	{"b64 of nothing", "{PLAIN.b64}"},
	{"b64 of rubbish", "{PLAIN.b64}!!!!"},
	{"SSHA without salt", "{SSHA}JKrl/S9IBySaR46ZnHd72SLS2L4="},
	{"SHA too long", "{SHA}4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e"},
	{"SHA too short", "{SHA}JKrl/S9I"},
	{"SSHA not base64", "{SSHA}****"},
	{"SSHA odd hex", "{SSHA.hex}abc"},
	{"SHA512 cut", "{SHA512}PqB3zvcxWTx0ji0Vg2zq/iIHXRSw64Kv2Q1m"},
	{"locked shadow", "!"},
	{"disabled shadow", "*"},
	{"crypt failure 0", "*0"},
	{"crypt failure 1", "*1"},
	{"locked hash", "!$6$B7u6nM3zUS.fsWjr$l5RYYX1yUYr4IAdL"},
	{"crypt method unknown", "$z$abc$def"},
	{"crypt with a colon", "$6$ab:c$def"},
	{"crypt with a space", "$6$ab c$def"},
	{"DES too short", "riRight"},
	{"DES salt outside the alphabet", "{CRYPT}--bdotZWG1Eqs"},
	{"bcrypt beyond its bound", "$2y$16$W.GqDgk6BuicLPa.rlE.dO54sFbswG.rM2GLHgUJ/bpriV6U4piRC"},
	{"bcrypt without end", "$2y$31$W.GqDgk6BuicLPa.rlE.dO54sFbswG.rM2GLHgUJ/bpriV6U4piRC"},
	{"bcrypt without cost", "$2y$"},
	{"sha512 of many rounds", "$6$rounds=999999999$B7u6nM3zUS$x"},
	{"sha256 of many rounds", "$5$rounds=3000001$B7u6nM3zUS$x"},
	{"sha512 of no number", "$6$rounds=$B7u6nM3zUS$x"},
	{"sha1 of many rounds", "$sha1$99999999$abcdefgh$x"},
	{"sun md5 of many rounds", "$md5,rounds=4000000000$abcdefgh$$x"},
	{"bsdi of many rounds", "_zzzzabcdabcdefghijk"},
	{"yescrypt of 512 MiB", "$y$jET$abcdefghijklmnop$x"},
	{"yescrypt, huge", "$y$jzz$abcdefghijklmnop$x"},
	{"yescrypt, further parameters", "$y$j9T5.$abcdefghijklmnop$x"},
	{"yescrypt cut", "$y$j9T"},
	{"scrypt of 4 GiB", "$7$FU..../....abcdefgh$x"},
	{"scrypt of 60 lanes", "$7$6U....y....abcdefgh$x"},
	{"argon2 beyond memory",
	 "$argon2id$v=19$m=262145,t=1,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EB"
	 "tq4m2K+b7RlHZk"},
	{"argon2 beyond work",
	 "$argon2id$v=19$m=262144,t=9,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EB"
	 "tq4m2K+b7RlHZk"},
	{"argon2 without passes",
	 "$argon2id$v=19$m=65536,t=0,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EBt"
	 "q4m2K+b7RlHZk"},
	{"argon2d",
	 "$argon2d$v=19$m=65536,t=3,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EBtq"
	 "4m2K+b7RlHZk"},
	{"argon2 of another version",
	 "$argon2id$v=16$m=65536,t=3,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EBt"
	 "q4m2K+b7RlHZk"},
	{"argon2 without hash", "$argon2id$v=19$m=65536,t=3,p=1$QvhqSUZE3/PwAxo2ZRRosw$"},
	{"argon2 cut", "$argon2id$v=19$m=65536"},
	{"pbkdf2 of no iterations",
	 "{PBKDF2-SHA256}0$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZneU0fCg"},
	{"pbkdf2 of too many",
	 "{PBKDF2-SHA256}3000001$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZne"
	 "U0fCg"},
	{"pbkdf2 of a short hash", "{PBKDF2-SHA256}10000$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui0"},
	{"pbkdf2 without salt",
	 "{PBKDF2-SHA256}10000$$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZneU0fCg"},
	{"pbkdf2, a part too many",
	 "{PBKDF2-SHA1}1$QJTEclnXgh9Cz3ChCWpdAg$9.s98jwFJM.NXJK9ca/oJ5AyoAQ$"},
	{"pbkdf2 of Dovecot, SHA-256",
	 "{PBKDF2-SHA256}$1$salt$5000$4e8ede0015426e89128434dcd9f1e7a63e432381"},
	{"pbkdf2 of Dovecot, cut", "{PBKDF2}$1$salt$5000$4e8ede0015426e89128434dcd9f1e7a63e4323"},
	{"pbkdf2 of Dovecot, version 2",
	 "{PBKDF2}$2$salt$5000$4e8ede0015426e89128434dcd9f1e7a63e432381"},
	{"scram of no iterations",
	 "{SCRAM-SHA-1}0,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFahCyh4"
	 "uwqltcbFZOIw="},
	{"scram of too many",
	 "{SCRAM-SHA-1}4000000000,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2z"
	 "IoFahCyh4uwqltcbFZOIw="},
	{"scram keys of the other length",
	 "{SCRAM-SHA-256}4096,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFa"
	 "hCyh4uwqltcbFZOIw="},
	{"scram without server key",
	 "{SCRAM-SHA-1}4096,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I="},
	{"scram, a part too many",
	 "{SCRAM-SHA-1}4096,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFahC"
	 "yh4uwqltcbFZOIw=,"},
	{"scram without salt",
	 "{SCRAM-SHA-1}4096,,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFahCyh4uwqltcbFZOIw="},
	{"NT cut", "{NT}d27d3608ee74cc8e543d4b58345c9ff"},
	{"NT too long", "{NT}d27d3608ee74cc8e543d4b58345c9ff100"},
	{"NT of Samba for none", "{NT}NO PASSWORDXXXXXXXXXXXXXXXXXXXXX"},
	{"a plain password", "right-pw"},
};

START_TEST(test_broken)
{
	struct span stored = span_of(broken[_i].stored);
	const char *fault = NULL;

	ck_assert_msg(pwhash_verify(stored, span_of("right-pw")) == PWHASH_BROKEN, "%s",
		      broken[_i].name);
	ck_assert_msg(pwhash_verify(stored, stored) == PWHASH_BROKEN, "%s", broken[_i].name);
	ck_assert_msg(!pwhash_valid(stored, &fault), "%s", broken[_i].name);
	ck_assert_msg(fault != NULL, "%s", broken[_i].name);
	ck_assert_msg(!pwhash_slow(stored), "%s", broken[_i].name);
}
END_TEST

/* The secrets that C strings and fixed arrays get wrong. */
START_TEST(test_odd_secrets)
{
	static const char *const schemes[] = {"PLAIN", "CRYPT:1", "SHA512-CRYPT:1000", "BLF-CRYPT:4",
					      "SSHA512", "PBKDF2-SHA256:10", "ARGON2ID:64",
					      "SCRAM-SHA-1:10", "SCRAM-SHA-256:10"};
	static const char with_nul[] = {'a', 'b', 'c', 0, 'd'};
	char storage[PWHASH_STORED_MAX], octets[600];
	struct buf stored = BUF_ON(storage);

	memset(octets, 'x', sizeof(octets));
	ck_assert(pwhash_make(span_of(schemes[_i]), span_of("abc"), &stored));
	ck_assert(pwhash_verify(buf_span(&stored), span_of("abc")) == PWHASH_YES);
	ck_assert(pwhash_verify(buf_span(&stored), (struct span){with_nul, 5}) == PWHASH_NO);
	ck_assert(pwhash_verify(buf_span(&stored), (struct span){octets, 600}) == PWHASH_NO);
	ck_assert(pwhash_verify(buf_span(&stored), SPAN_NONE) == PWHASH_NO);
	ck_assert(!strncmp(schemes[_i], "PLAIN", 5) || !memmem(storage, stored.len, "abc", 3));
}
END_TEST

/* What is not UTF-8 has no form in UTF-16: not even what stands before it may match. */
START_TEST(test_nt_not_utf8)
{
	static const char *const secrets[] = {"right-pw\377", "\377right-pw", "right-pw\303",
					      "right-pw\355\240\200", "right-pw\300\200"};
	struct span stored = span_of("{NT}d27d3608ee74cc8e543d4b58345c9ff1");

	ck_assert(pwhash_verify(stored, span_of(secrets[_i])) == PWHASH_NO);
	ck_assert(pwhash_verify(span_of("{NT}31d6cfe0d16ae931b73c59d7e0c089c0"),
				span_of(secrets[_i])) == PWHASH_NO);
}
END_TEST

/* A crypt(3) that stopped at 511 octets would take this one. */
START_TEST(test_overlong_crypt)
{
	char storage[PWHASH_STORED_MAX], octets[512];
	struct buf stored = BUF_ON(storage);

	memset(octets, 'x', sizeof(octets));
	ck_assert(pwhash_make(span_of("SHA512-CRYPT:1000"), (struct span){octets, 511}, &stored));
	ck_assert(pwhash_verify(buf_span(&stored), (struct span){octets, 511}) == PWHASH_YES);
	ck_assert(pwhash_verify(buf_span(&stored), (struct span){octets, 512}) == PWHASH_NO);
	stored.len = 0;
	ck_assert(!pwhash_make(span_of("CRYPT"), (struct span){octets, 512}, &stored));
}
END_TEST

static const struct {
	const char *name;
	const char *scheme;
	const char *want_prefix;
} made[] = {
	{"cleartext", "PLAIN", "{PLAIN}right-pw"},
	{"yescrypt", "CRYPT", "{CRYPT}$y$j9T$"},
	{"yescrypt, cheap", "CRYPT:1", "{CRYPT}$y$j75$"},
	{"sha512", "SHA512-CRYPT", "{SHA512-CRYPT}$6$"},
	{"sha512, rounds", "SHA512-CRYPT:20000", "{SHA512-CRYPT}$6$rounds=20000$"},
	{"bcrypt", "BLF-CRYPT", "{BLF-CRYPT}$2b$05$"},
	{"bcrypt, cost", "blf-crypt:6", "{BLF-CRYPT}$2b$06$"},
	{"ssha512", "SSHA512", "{SSHA512}"},
	{"pbkdf2", "PBKDF2-SHA256", "{PBKDF2-SHA256}10000$"},
	{"pbkdf2, iterations", "PBKDF2-SHA256:77", "{PBKDF2-SHA256}77$"},
	{"argon2", "ARGON2ID", "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$"},
	{"argon2, memory", "ARGON2ID:1024", "{ARGON2ID}$argon2id$v=19$m=1024,t=3,p=1$"},
	{"scram", "SCRAM-SHA-1", "{SCRAM-SHA-1}4096,"},
	{"scram 256", "SCRAM-SHA-256:10000", "{SCRAM-SHA-256}10000,"},
};

START_TEST(test_make)
{
	char first[PWHASH_STORED_MAX], second[PWHASH_STORED_MAX], small[8];
	struct buf a = BUF_ON(first), b = BUF_ON(second), c = BUF_ON(small);
	const char *want = made[_i].want_prefix;

	ck_assert_msg(pwhash_make(span_of(made[_i].scheme), span_of("right-pw"), &a), "%s",
		      made[_i].name);
	ck_assert_msg(pwhash_make(span_of(made[_i].scheme), span_of("right-pw"), &b), "%s",
		      made[_i].name);
	ck_assert_msg(!strncmp(first, want, strlen(want)), "%s: %.*s", made[_i].name, (int)a.len,
		      first);
	ck_assert_msg(pwhash_verify(buf_span(&a), span_of("right-pw")) == PWHASH_YES, "%s",
		      made[_i].name);
	ck_assert_msg(pwhash_verify(buf_span(&b), span_of("wrong-pw")) == PWHASH_NO, "%s",
		      made[_i].name);
	if (strcmp(made[_i].scheme, "PLAIN") != 0)
		ck_assert_msg(!span_equal(buf_span(&a), buf_span(&b)), "%s", made[_i].name);
	ck_assert_msg(!pwhash_make(span_of(made[_i].scheme), span_of("right-pw"), &c), "%s",
		      made[_i].name);
}
END_TEST

START_TEST(test_make_refuses)
{
	static const char *const schemes[] = {"", "MD5-CRYPT", "{PLAIN}", "SSHA512:", "SSHA512:0",
					      "SSHA512:x", "PBKDF2-SHA256:3000001", "BLF-CRYPT:16",
					      "BLF-CRYPT:3", "ARGON2ID:4", "ARGON2ID:262145",
					      "CRYPT:12"};
	char storage[PWHASH_STORED_MAX];
	struct buf out = BUF_ON(storage);

	ck_assert_msg(!pwhash_make(span_of(schemes[_i]), span_of("x"), &out), "%s", schemes[_i]);
	ck_assert(!pwhash_make(span_of("PLAIN"), span_of(""), &out));
}
END_TEST

static const struct {
	const char *stored;
	enum pwhash_form want_form;
	const char *want_cleartext;
} forms[] = {
	{"{PLAIN}right-pw", PWHASH_CLEARTEXT, "right-pw"},
	{"{cleartext}a}b", PWHASH_CLEARTEXT, "a}b"},
	{"{CLEAR}{x}", PWHASH_CLEARTEXT, "{x}"},
	{"{PLAIN}", PWHASH_CLEARTEXT, NULL},
	{"{PLAIN.b64}cmlnaHQtcHc=", PWHASH_ONE_WAY, NULL},
	{"{SSHA}4wQDFuKjYvFkLx2SwdfJ5AtDf+yrhs4e", PWHASH_ONE_WAY, NULL},
	{"right-pw", PWHASH_ONE_WAY, NULL},
	{"", PWHASH_ONE_WAY, NULL},
	{"{ROT13}x", PWHASH_ONE_WAY, NULL},
	{"{SCRAM-SHA-1}x", PWHASH_SCRAM_SHA_1, NULL},
	{"SCRAM-SHA-256$x", PWHASH_SCRAM_SHA_256, NULL},
};

START_TEST(test_forms)
{
	struct span stored = span_of(forms[_i].stored), cleartext = SPAN_NONE;
	bool has = pwhash_cleartext(stored, &cleartext);

	ck_assert_int_eq(pwhash_form(stored), forms[_i].want_form);
	ck_assert_msg(has == (forms[_i].want_cleartext != NULL), "%s", forms[_i].stored);
	if (has)
		ck_assert_msg(span_is(cleartext, forms[_i].want_cleartext), "%s", forms[_i].stored);
}
END_TEST

static void check_hex(const unsigned char *octets, size_t len, const char *want)
{
	char text[65];

	sodium_bin2hex(text, sizeof(text), octets, len);
	ck_assert_str_eq(text, want);
}

/* Stored and server key of the exchange in RFC 7677 section 3, computed apart from this code with
 * Python's hashlib, and the same read from both notations. */
START_TEST(test_scram_keys)
{
	static const char *const stored[] = {
		"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtb"
		"sT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT"
		"4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
	};
	struct pwhash_scram read, derived;

	for (size_t i = 0; i < 2; i++) {
		ck_assert(pwhash_scram(span_of(stored[i]), &read));
		ck_assert_uint_eq(read.iterations, 4096);
		ck_assert_uint_eq(read.key_len, 32);
		check_hex(read.salt, read.salt_len, "5b6d99689d12358eeca04b141236fa81");
		derived = read;
		memset(derived.stored_key, 0, 32);
		memset(derived.server_key, 0, 32);
		ck_assert(pwhash_scram_derive(span_of("pencil"), &derived));
		ck_assert_mem_eq(derived.stored_key, read.stored_key, 32);
		ck_assert_mem_eq(derived.server_key, read.server_key, 32);
		ck_assert(pwhash_scram_derive(span_of("Pencil"), &derived));
		ck_assert_mem_ne(derived.stored_key, read.stored_key, 32);
	}
	ck_assert(!pwhash_scram(span_of("{PLAIN}pencil"), &read));
	ck_assert(!pwhash_scram(span_of("{SCRAM-SHA-256}4096,x"), &read));
	ck_assert(!pwhash_scram(span_of(""), &read));
}
END_TEST

/* What one check costs: printed, for the notes; SASL_REASON_FIGURES=1. */
static void print_figures(void)
{
	for (size_t i = 0; i < sizeof(matching) / sizeof(matching[0]); i++) {
		struct span stored = span_of(matching[i].stored);
		struct span secret = span_of(matching[i].secret);
		unsigned rounds = matching[i].want_slow ? 3 : 20000;
		struct timespec from, to;

		clock_gettime(CLOCK_MONOTONIC, &from);
		for (unsigned n = 0; n < rounds; n++)
			pwhash_verify(stored, secret);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%-28s %10.2f us\n", matching[i].name,
		       ((double)(to.tv_sec - from.tv_sec) * 1e6 +
			(double)(to.tv_nsec - from.tv_nsec) / 1e3) / rounds);
	}
}

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

static const struct brief_row {
	const char *stored;
	bool want;
} briefs[] = {
	{"$1$nbQWfYmc$xD/vgjN/qI.DH1gE7kkcV/", true},
	{"{CRYPT}$1$nbQWfYmc$xD/vgjN/qI.DH1gE7kkcV/", true},
	{"{MD5}$1$nbQWfYmc$xD/vgjN/qI.DH1gE7kkcV/", true},
	{"{PLAIN}$1$nbQWfYmc$xD/vgjN/qI.DH1gE7kkcV/", false},
	{"{PBKDF2}$1$nbQWfYmc$5000$00", false},
	{"{CRYPT}$6$nbQWfYmc$", false},
	{"", false},
};

START_TEST(test_brief)
{
	ck_assert_msg(pwhash_brief(span_of(briefs[_i].stored)) == briefs[_i].want, "%s",
		      briefs[_i].stored);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pwhash");
	TCase *verify = tcase_create("verify"), *forms_case = tcase_create("make and forms");
	SRunner *runner;
	int failed;

	tcase_set_timeout(verify, 120);
	tcase_add_loop_test(verify, test_verify, 0, ROWS(matching));
	tcase_add_loop_test(verify, test_broken, 0, ROWS(broken));
	tcase_add_loop_test(verify, test_nt_not_utf8, 0, 5);
	tcase_add_loop_test(verify, test_odd_secrets, 0, 9);
	tcase_add_loop_test(verify, test_brief, 0, ROWS(briefs));
	tcase_add_test(verify, test_overlong_crypt);
	suite_add_tcase(suite, verify);
	tcase_set_timeout(forms_case, 120);
	tcase_add_loop_test(forms_case, test_make, 0, ROWS(made));
	tcase_add_loop_test(forms_case, test_make_refuses, 0, 12);
	tcase_add_loop_test(forms_case, test_forms, 0, ROWS(forms));
	tcase_add_test(forms_case, test_scram_keys);
	suite_add_tcase(suite, forms_case);
	if (getenv("SASL_REASON_FIGURES"))
		print_figures();
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
