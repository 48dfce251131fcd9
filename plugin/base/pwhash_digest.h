/* SPDX-License-Identifier: MIT */
/* Stored secrets that are a digest of the secret and perhaps of a salt; digests for the others. */
#ifndef BASE_PWHASH_DIGEST_H
#define BASE_PWHASH_DIGEST_H

#include "base/pwhash.h"

enum pwhash_digest { PWHASH_MD5, PWHASH_SHA1, PWHASH_SHA256, PWHASH_SHA512, PWHASH_DIGESTS };

#define PWHASH_DIGEST_MAX 64 /* octets of the longest */

size_t pwhash_digest_size(enum pwhash_digest digest);

/* The digest of `a` and `b` together. False if the library fails or does not offer it (MD5 in FIPS
 * mode). The first call fetches the digests; they are kept as long as the process lives. */
bool pwhash_digest_of(enum pwhash_digest digest, struct span a, struct span b, unsigned char *out);

/* HMAC (RFC 2104). */
bool pwhash_digest_hmac(enum pwhash_digest digest, struct span key, struct span text,
			unsigned char *out);

/* PBKDF2 (RFC 8018) of one digest's length. */
bool pwhash_digest_pbkdf2(enum pwhash_digest digest, struct span secret, struct span salt,
			  unsigned iterations, unsigned char *out);

/* A row of the table in pwhash.c each; `data` is decoded: the digest, then the salt if any. */
bool pwhash_digest_valid(unsigned digest, struct span data);
bool pwhash_digest_valid_salted(unsigned digest, struct span data);
enum pwhash_match pwhash_digest_verify(unsigned digest, struct span data, struct span secret);
bool pwhash_digest_make(unsigned digest, unsigned cost, struct span secret, struct buf *out);

#endif
