/* SPDX-License-Identifier: MIT */
/* Windows' and Samba's stored secret: MD4 of the password in UTF-16 ([MS-NLMP] 3.3.1, NTOWFv1). */
#include "base/pwhash_nt.h"

#include <nettle/md4.h>
#include <openssl/crypto.h>
#include <unistr.h>

bool pwhash_nt_valid(unsigned variant, struct span data)
{
	(void)variant;
	return data.len == MD4_DIGEST_SIZE;
}

/* Feeds one character as UTF-16LE. */
static void update(struct md4_ctx *context, ucs4_t c)
{
	uint16_t units[2] = {0, 0};
	uint8_t octets[4];
	int count = u16_uctomb(units, c, 2);

	for (int i = 0; i < count; i++) {
		octets[2 * i] = (uint8_t)(units[i] & 0xff);
		octets[2 * i + 1] = (uint8_t)(units[i] >> 8);
	}
	if (count > 0)
		md4_update(context, 2 * (size_t)count, octets);
	OPENSSL_cleanse(units, sizeof(units));
	OPENSSL_cleanse(octets, sizeof(octets));
}

/* False if the secret is not UTF-8. */
static bool digest(struct span secret, uint8_t *out)
{
	struct md4_ctx context;
	const uint8_t *at = (const uint8_t *)secret.at;
	size_t left = secret.len;
	int octets = 0;
	ucs4_t c;

	md4_init(&context);
	for (; left > 0; at += octets, left -= (size_t)octets) {
		octets = u8_mbtoucr(&c, at, left);
		if (octets <= 0)
			break;
		update(&context, c);
	}
	md4_digest(&context, MD4_DIGEST_SIZE, out);
	OPENSSL_cleanse(&context, sizeof(context));
	return left == 0;
}

enum pwhash_match pwhash_nt_verify(unsigned variant, struct span data, struct span secret)
{
	uint8_t sum[MD4_DIGEST_SIZE];
	bool same, whole = digest(secret, sum);

	(void)variant;
	same = CRYPTO_memcmp(sum, data.at, sizeof(sum)) == 0;
	OPENSSL_cleanse(sum, sizeof(sum));
	return whole && same ? PWHASH_YES : PWHASH_NO;
}
