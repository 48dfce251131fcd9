/* SPDX-License-Identifier: MIT */
/* Stored secrets that are a digest of the secret and perhaps of a salt; digests for the others. */
#include "base/pwhash_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <sodium.h>

#include "base/b64.h"

#define SALT_MADE 8

static const struct {
	const char *name;
	size_t size;
} digests[PWHASH_DIGESTS] = {
	[PWHASH_MD5] = {"MD5", 16},
	[PWHASH_SHA1] = {"SHA1", 20},
	[PWHASH_SHA256] = {"SHA2-256", 32},
	[PWHASH_SHA512] = {"SHA2-512", 64},
};

/* OpenSSL looks a digest up by name at each use unless it was fetched before. */
static EVP_MD *fetched[PWHASH_DIGESTS];
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	for (size_t i = 0; i < PWHASH_DIGESTS; i++)
		fetched[i] = EVP_MD_fetch(NULL, digests[i].name, NULL);
}

static const EVP_MD *digest_get(enum pwhash_digest digest)
{
	pthread_once(&fetch_once, fetch);
	return fetched[digest];
}

size_t pwhash_digest_size(enum pwhash_digest digest)
{
	return digests[digest].size;
}

bool pwhash_digest_of(enum pwhash_digest digest, struct span a, struct span b, unsigned char *out)
{
	const EVP_MD *md = digest_get(digest);
	EVP_MD_CTX *context = md ? EVP_MD_CTX_new() : NULL;
	bool ok;

	ok = context && EVP_DigestInit_ex2(context, md, NULL) == 1 &&
	     EVP_DigestUpdate(context, a.at, a.len) == 1 &&
	     EVP_DigestUpdate(context, b.at, b.len) == 1 &&
	     EVP_DigestFinal_ex(context, out, NULL) == 1;
	EVP_MD_CTX_free(context); /* clears its state */
	return ok;
}

bool pwhash_digest_hmac(enum pwhash_digest digest, struct span key, struct span text,
			unsigned char *out)
{
	const EVP_MD *md = digest_get(digest);

	return md && key.len <= INT32_MAX &&
	       HMAC(md, key.at, (int)key.len, (const unsigned char *)text.at, text.len, out, NULL);
}

bool pwhash_digest_pbkdf2(enum pwhash_digest digest, struct span secret, struct span salt,
			  unsigned iterations, unsigned char *out)
{
	const EVP_MD *md = digest_get(digest);

	return md && secret.len <= INT32_MAX && salt.len <= INT32_MAX &&
	       PKCS5_PBKDF2_HMAC(secret.len ? secret.at : "", (int)secret.len,
				 (const unsigned char *)salt.at, (int)salt.len, (int)iterations, md,
				 (int)digests[digest].size, out) == 1;
}

bool pwhash_digest_valid(unsigned digest, struct span data)
{
	return data.len == digests[digest].size;
}

bool pwhash_digest_valid_salted(unsigned digest, struct span data)
{
	return data.len > digests[digest].size;
}

enum pwhash_match pwhash_digest_verify(unsigned digest, struct span data, struct span secret)
{
	unsigned char sum[PWHASH_DIGEST_MAX];
	size_t size = digests[digest].size;
	struct span salt = {data.at + size, data.len - size};
	enum pwhash_match match = PWHASH_FAILED;

	if (pwhash_digest_of(digest, secret, salt, sum))
		match = CRYPTO_memcmp(sum, data.at, size) == 0 ? PWHASH_YES : PWHASH_NO;
	OPENSSL_cleanse(sum, sizeof(sum));
	return match;
}

bool pwhash_digest_make(unsigned digest, unsigned cost, struct span secret, struct buf *out)
{
	unsigned char sum[PWHASH_DIGEST_MAX + SALT_MADE];
	size_t size = digests[digest].size;
	struct span salt = {(const char *)sum + size, SALT_MADE};
	bool ok;

	(void)cost;
	randombytes_buf(sum + size, SALT_MADE);
	ok = pwhash_digest_of(digest, secret, salt, sum);
	if (ok)
		b64_put(out, (struct span){(const char *)sum, size + SALT_MADE});
	OPENSSL_cleanse(sum, sizeof(sum));
	return ok;
}
