/* SPDX-License-Identifier: MIT */
/* Stored secrets made with PBKDF2, as OpenLDAP, passlib and Dovecot write them. */
#include "base/pwhash_pbkdf2.h"

#include <openssl/crypto.h>
#include <sodium.h>

#include "base/b64.h"
#include "base/pwhash_digest.h"

#define SALT_MAX           256
#define SALT_MADE          16
#define ITERATIONS_DEFAULT 10000
#define ITERATIONS_FAST    50

struct parsed {
	unsigned iterations;
	char salt_storage[SALT_MAX];
	char hash_storage[PWHASH_DIGEST_MAX];
	struct buf salt;
	struct buf hash;
};

static bool take_iterations(struct span text, unsigned *iterations)
{
	uint64_t number;

	if (!span_take_number(text, PWHASH_ITERATIONS_MAX, &number) || number == 0)
		return false;
	*iterations = (unsigned)number;
	return true;
}

static bool take(enum pwhash_digest digest, struct span data, struct parsed *parsed)
{
	struct span piece[4];
	size_t count = 0;
	bool ok;

	parsed->salt = BUF_ON(parsed->salt_storage);
	parsed->hash = BUF_ON(parsed->hash_storage);
	if (data.len > 1 && data.at[0] == '$') { /* Dovecot's "$1$..." */
		if (digest != PWHASH_SHA1 || data.len < 3 || data.at[1] != '1' || data.at[2] != '$')
			return false;
		data = (struct span){data.at + 3, data.len - 3};
		for (; count < 4 && span_take_until(&data, '$', &piece[count]); count++)
			;
		if (count != 3 || data.at)
			return false;
		buf_put_span(&parsed->salt, piece[0]);
		ok = take_iterations(piece[1], &parsed->iterations) && !parsed->salt.failed &&
		     b64_decode_hex(piece[2], &parsed->hash);
	} else {
		for (; count < 4 && span_take_until(&data, '$', &piece[count]); count++)
			;
		if (count != 3 || data.at)
			return false;
		ok = take_iterations(piece[0], &parsed->iterations) &&
		     b64_decode_adapted(piece[1], &parsed->salt) &&
		     b64_decode_adapted(piece[2], &parsed->hash);
	}
	return ok && parsed->salt.len > 0 && parsed->hash.len == pwhash_digest_size(digest);
}

bool pwhash_pbkdf2_valid(unsigned digest, struct span data)
{
	struct parsed parsed;
	bool ok = take(digest, data, &parsed);

	OPENSSL_cleanse(&parsed, sizeof(parsed));
	return ok;
}

bool pwhash_pbkdf2_slow(unsigned digest, struct span data)
{
	struct parsed parsed;
	bool slow = take(digest, data, &parsed) && parsed.iterations > ITERATIONS_FAST;

	OPENSSL_cleanse(&parsed, sizeof(parsed));
	return slow;
}

enum pwhash_match pwhash_pbkdf2_verify(unsigned digest, struct span data, struct span secret)
{
	unsigned char hash[PWHASH_DIGEST_MAX];
	struct parsed parsed;
	enum pwhash_match match = PWHASH_BROKEN;

	if (!take(digest, data, &parsed))
		goto out;
	match = PWHASH_FAILED;
	if (pwhash_digest_pbkdf2(digest, secret, buf_span(&parsed.salt), parsed.iterations, hash))
		match = CRYPTO_memcmp(hash, parsed.hash.at, parsed.hash.len) == 0 ? PWHASH_YES
										   : PWHASH_NO;
out:
	OPENSSL_cleanse(hash, sizeof(hash));
	OPENSSL_cleanse(&parsed, sizeof(parsed));
	return match;
}

bool pwhash_pbkdf2_make(unsigned digest, unsigned cost, struct span secret, struct buf *out)
{
	unsigned char hash[PWHASH_DIGEST_MAX];
	char salt[SALT_MADE];
	struct span salt_span = {salt, sizeof(salt)};
	unsigned iterations = cost ? cost : ITERATIONS_DEFAULT;
	bool ok;

	randombytes_buf(salt, sizeof(salt));
	ok = iterations <= PWHASH_ITERATIONS_MAX &&
	     pwhash_digest_pbkdf2(digest, secret, salt_span, iterations, hash);
	if (ok) {
		buf_put_number(out, iterations);
		buf_put_char(out, '$');
		b64_put_adapted(out, salt_span);
		buf_put_char(out, '$');
		b64_put_adapted(out, (struct span){(const char *)hash, pwhash_digest_size(digest)});
	}
	OPENSSL_cleanse(hash, sizeof(hash));
	return ok;
}
