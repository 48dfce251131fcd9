/* SPDX-License-Identifier: MIT */
/* Stored secrets, "{SCHEME}data" as Dovecot and OpenLDAP write them, compared with a secret. */
#ifndef BASE_PWHASH_H
#define BASE_PWHASH_H

#include "base/buf.h"
#include "base/secret.h"

/* PWHASH_BROKEN: the stored secret is malformed, too costly or of an unknown scheme, never a match.
 * PWHASH_FAILED: it could not be computed now (no memory); cannot tell. */
enum pwhash_match { PWHASH_BROKEN, PWHASH_FAILED, PWHASH_NO, PWHASH_YES };

/* What a stored secret can serve besides PLAIN and LOGIN. */
enum pwhash_form { PWHASH_ONE_WAY, PWHASH_CLEARTEXT, PWHASH_SCRAM_SHA_1, PWHASH_SCRAM_SHA_256 };

/* The bounds of what one entry may cost; beyond them it is broken. */
#define PWHASH_ITERATIONS_MAX 3000000  /* PBKDF2, SCRAM, rounds of the SHA crypts: about 1 s */
#define PWHASH_MEMORY_MAX     262144   /* KiB: argon2, yescrypt, scrypt */
#define PWHASH_STORED_MAX     1024     /* octets of a stored secret */

/* Compares in time that does not depend on where they differ. Schemes: PLAIN CLEARTEXT CLEAR CRYPT
 * (and its names MD5-CRYPT SHA256-CRYPT SHA512-CRYPT BLF-CRYPT DES-CRYPT) SHA SHA1 SSHA SHA256
 * SSHA256 SHA512 SSHA512 MD5 LDAP-MD5 PLAIN-MD5 SMD5 PBKDF2 (Dovecot's, or OpenLDAP's for SHA-1)
 * PBKDF2-SHA1 PBKDF2-SHA256 PBKDF2-SHA512 ARGON2 ARGON2I ARGON2ID NT (Windows' and Samba's, in
 * hexadecimal) SCRAM-SHA-1 SCRAM-SHA-256, each with ".b64" or ".hex" as Dovecot has it. Without "{...}" it is CRYPT, unless it begins as
 * "$argon2", "$pbkdf2-sha256$", "$pbkdf2-sha512$" (passlib) or "SCRAM-SHA-" (RFC 5803). CPU only,
 * but as long as the scheme costs. An empty stored secret is broken. Safe in threads. */
enum pwhash_match pwhash_verify(struct span stored, struct span secret);

/* True if comparing takes more than about 50 microseconds, so that it belongs in a thread. */
bool pwhash_slow(struct span stored);

/* True of a slow one that takes hardly more than 100 microseconds, about what waking a thread and
 * being woken by it cost: the MD5 method of crypt. */
bool pwhash_brief(struct span stored);

/* False if the scheme is unknown or its data cannot be of that scheme (a cheap look, no hashing);
 * `fault` is a constant text then. */
bool pwhash_valid(struct span stored, const char **fault);

enum pwhash_form pwhash_form(struct span stored);

/* The cleartext of a PLAIN, CLEARTEXT or CLEAR secret; false for any other, and for an encoded one
 * (".b64", ".hex": those serve PLAIN and LOGIN alone). Borrows from `stored`. */
bool pwhash_cleartext(struct span stored, struct span *cleartext);

/* The keys of a SCRAM-* secret, decoded. */
struct pwhash_scram {
	unsigned iterations;
	unsigned char salt[64];
	size_t salt_len;
	unsigned char stored_key[32];
	unsigned char server_key[32];
	size_t key_len; /* 20 or 32 */
};

/* Reads the keys of a SCRAM-* secret: false unless `stored` is a well-formed SCRAM-SHA-1 or
 * SCRAM-SHA-256 secret: Dovecot's "{SCRAM-SHA-256}4096,salt,stored,server" or RFC 5803's
 * "SCRAM-SHA-256$4096:salt$stored:server" with or without braces around the scheme. */
bool pwhash_scram(struct span stored, struct pwhash_scram *scram);

/* Derives SCRAM keys from a cleartext (RFC 5802 section 3, without SASLprep, as Dovecot and
 * libsasl2 do). `key_len` 20 (SHA-1) or 32 (SHA-256), salt and iterations are taken from `scram`;
 * keys are written to it. False only when the library fails. Costs `iterations` HMACs. */
bool pwhash_scram_derive(struct span cleartext, struct pwhash_scram *scram);

/* Makes a stored secret of a scheme: PLAIN, CRYPT (yescrypt), SHA512-CRYPT, BLF-CRYPT, SSHA512,
 * PBKDF2-SHA256, ARGON2ID, SCRAM-SHA-1, SCRAM-SHA-256, with a random salt. "SCHEME:N" sets the cost
 * (yescrypt's and bcrypt's cost, rounds, iterations, argon2's KiB); otherwise it is the default of
 * the tool that usually makes it: crypt_gensalt(3), slapd-pw-pbkdf2(5), doveadm-pw(1). False for
 * any other scheme, or if it does not fit. Used to hash for unknown names in a realm's scheme. */
bool pwhash_make(struct span scheme, struct span secret, struct buf *stored);

#endif
