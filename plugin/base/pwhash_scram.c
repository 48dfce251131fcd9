/* SPDX-License-Identifier: MIT */
/* SCRAM keys (RFC 5802, RFC 7677) as stored secrets; pwhash_scram_derive() too is here. */
#include "base/pwhash_scram.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <string.h>

#include "base/b64.h"
#include "base/pwhash_digest.h"

#define ITERATIONS_DEFAULT 4096 /* RFC 7677 section 4, and what doveadm makes */
#define ITERATIONS_FAST    20
#define SALT_MADE          16

static enum pwhash_digest digest_of(size_t key_len)
{
	return key_len == 20 ? PWHASH_SHA1 : PWHASH_SHA256;
}

bool pwhash_scram_derive(struct span cleartext, struct pwhash_scram *scram)
{
	enum pwhash_digest digest = digest_of(scram->key_len);
	unsigned char salted[PWHASH_DIGEST_MAX], client[PWHASH_DIGEST_MAX];
	struct span salt = {(const char *)scram->salt, scram->salt_len};
	struct span salted_span = {(const char *)salted, scram->key_len};
	struct span client_span = {(const char *)client, scram->key_len};
	bool ok;

	ok = pwhash_digest_pbkdf2(digest, cleartext, salt, scram->iterations, salted) &&
	     pwhash_digest_hmac(digest, salted_span, span_of("Client Key"), client) &&
	     pwhash_digest_of(digest, client_span, SPAN_NONE, scram->stored_key) &&
	     pwhash_digest_hmac(digest, salted_span, span_of("Server Key"), scram->server_key);
	OPENSSL_cleanse(salted, sizeof(salted));
	OPENSSL_cleanse(client, sizeof(client));
	return ok;
}

static bool take_key(struct span text, size_t key_len, unsigned char *key)
{
	struct buf out = {(char *)key, 0, key_len, false};

	return b64_decode(text, &out) && out.len == key_len;
}

bool pwhash_scram_take(struct span data, size_t key_len, struct pwhash_scram *scram)
{
	struct buf salt = {(char *)scram->salt, 0, sizeof(scram->salt), false};
	bool rfc5803 = span_has(data, ':');
	struct span piece;
	uint64_t iterations;

	scram->key_len = key_len;
	if (!span_take_until(&data, rfc5803 ? ':' : ',', &piece) ||
	    !span_take_number(piece, PWHASH_ITERATIONS_MAX, &iterations) || iterations == 0)
		return false;
	scram->iterations = (unsigned)iterations;
	if (!span_take_until(&data, rfc5803 ? '$' : ',', &piece) || !b64_decode(piece, &salt) ||
	    salt.len == 0)
		return false;
	scram->salt_len = salt.len;
	return span_take_until(&data, rfc5803 ? ':' : ',', &piece) && data.at &&
	       take_key(piece, key_len, scram->stored_key) &&
	       take_key(data, key_len, scram->server_key);
}

/* Dovecot's form of the keys. */
static void put(struct buf *out, const struct pwhash_scram *scram)
{
	buf_put_number(out, scram->iterations);
	buf_put_char(out, ',');
	b64_put(out, (struct span){(const char *)scram->salt, scram->salt_len});
	buf_put_char(out, ',');
	b64_put(out, (struct span){(const char *)scram->stored_key, scram->key_len});
	buf_put_char(out, ',');
	b64_put(out, (struct span){(const char *)scram->server_key, scram->key_len});
}

bool pwhash_scram_valid(unsigned key_len, struct span data)
{
	struct pwhash_scram scram;
	bool ok = pwhash_scram_take(data, key_len, &scram);

	OPENSSL_cleanse(&scram, sizeof(scram));
	return ok;
}

bool pwhash_scram_slow(unsigned key_len, struct span data)
{
	struct pwhash_scram scram;
	bool slow = pwhash_scram_take(data, key_len, &scram) && scram.iterations > ITERATIONS_FAST;

	OPENSSL_cleanse(&scram, sizeof(scram));
	return slow;
}

enum pwhash_match pwhash_scram_verify(unsigned key_len, struct span data, struct span secret)
{
	struct pwhash_scram stored, derived;
	enum pwhash_match match = PWHASH_BROKEN;

	if (!pwhash_scram_take(data, key_len, &stored))
		goto out;
	derived = stored;
	match = PWHASH_FAILED;
	if (pwhash_scram_derive(secret, &derived)) {
		int differ = CRYPTO_memcmp(stored.stored_key, derived.stored_key, key_len) |
			     CRYPTO_memcmp(stored.server_key, derived.server_key, key_len);

		match = differ ? PWHASH_NO : PWHASH_YES;
	}
	OPENSSL_cleanse(&derived, sizeof(derived));
out:
	OPENSSL_cleanse(&stored, sizeof(stored));
	return match;
}

bool pwhash_scram_make(unsigned key_len, unsigned cost, struct span secret, struct buf *out)
{
	struct pwhash_scram scram = {.iterations = cost ? cost : ITERATIONS_DEFAULT,
				     .salt_len = SALT_MADE, .key_len = key_len};
	bool ok;

	randombytes_buf(scram.salt, SALT_MADE);
	ok = scram.iterations <= PWHASH_ITERATIONS_MAX && pwhash_scram_derive(secret, &scram);
	if (ok)
		put(out, &scram);
	OPENSSL_cleanse(&scram, sizeof(scram));
	return ok;
}
