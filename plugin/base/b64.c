/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 section 4), strict: what it takes is exactly what it would write. */
#include "base/b64.h"

#include <sodium.h>

#include "base/secret.h"

#define ADAPTED_MAX 1024 /* octets of a salt or hash: far more than any scheme has */
#define PIECE       192  /* octets encoded at a time: a multiple of 3 */

static bool decode(struct span text, int variant, struct buf *out)
{
	size_t len = 0;
	int octets = 0;

	if (out->failed)
		return false;
	if (text.len == 0)
		return true;
	/* libsodium 1.0.18 takes each octet over 127 for '/'. */
	for (size_t i = 0; i < text.len; i++)
		octets |= text.at[i];
	if (octets & 0x80)
		return false;
	if (sodium_base642bin((unsigned char *)out->at + out->len, out->cap - out->len, text.at,
			      text.len, NULL, &len, NULL, variant) != 0)
		return false;
	out->len += len;
	return true;
}

bool b64_decode(struct span text, struct buf *out)
{
	return decode(text, sodium_base64_VARIANT_ORIGINAL, out);
}

bool b64_decode_adapted(struct span text, struct buf *out)
{
	char plain[ADAPTED_MAX];
	bool ok;

	while (text.len && text.at[text.len - 1] == '=')
		text.len--;
	if (text.len > sizeof(plain))
		return false;
	for (size_t i = 0; i < text.len; i++)
		plain[i] = text.at[i] == '.' ? '+' : text.at[i];
	ok = decode((struct span){plain, text.len}, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, out);
	secret_wipe_octets(plain, text.len);
	return ok;
}

static void put(struct buf *out, struct span octets, int variant, bool adapted)
{
	char text[B64_ENCODED_LEN(PIECE) + 1];
	size_t start = out->len;

	while (octets.len) {
		size_t take = octets.len < PIECE ? octets.len : PIECE;

		sodium_bin2base64(text, sizeof(text), (const unsigned char *)octets.at, take,
				  variant);
		buf_put_text(out, text);
		octets.at += take;
		octets.len -= take;
	}
	secret_wipe_octets(text, sizeof(text));
	for (size_t i = start; adapted && i < out->len; i++)
		if (out->at[i] == '+')
			out->at[i] = '.';
}

void b64_put(struct buf *out, struct span octets)
{
	put(out, octets, sodium_base64_VARIANT_ORIGINAL, false);
}

void b64_put_adapted(struct buf *out, struct span octets)
{
	put(out, octets, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, true);
}

bool b64_decode_hex(struct span text, struct buf *out)
{
	size_t len = 0;

	if (out->failed || text.len % 2)
		return false;
	if (text.len == 0)
		return true;
	if (sodium_hex2bin((unsigned char *)out->at + out->len, out->cap - out->len, text.at,
			   text.len, NULL, &len, NULL) != 0 || len != text.len / 2)
		return false;
	out->len += len;
	return true;
}
