/* SPDX-License-Identifier: MIT */
/* The one normal form of names, so that two spellings of one name are one name. */
#include "base/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#define ROUNDS_MAX 8 /* two are enough for every string known; what never settles is refused */

static bool is_control(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* For ASCII alone, NFKC_Casefold is lower case. Returns false if there is anything else. */
static bool put_ascii(struct span in, struct buf *out)
{
	size_t start = out->len;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.at[i];

		if (c < 0x20 || c > 0x7e) {
			out->len = start;
			return false;
		}
		buf_put_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	return true;
}

/* Well-formed, no control character; `ignorable` tells whether there is something to leave out. */
static bool look(const uint8_t *text, size_t len, bool *ignorable)
{
	ucs4_t c;

	*ignorable = false;
	for (size_t i = 0; i < len;) {
		int octets = u8_mbtoucr(&c, text + i, len - i);

		if (octets <= 0 || is_control(c))
			return false;
		if (uc_is_property_default_ignorable_code_point(c))
			*ignorable = true;
		i += (size_t)octets;
	}
	return true;
}

static size_t leave_out_ignorable(uint8_t *text, size_t len)
{
	size_t kept = 0;
	ucs4_t c;

	for (size_t i = 0; i < len;) {
		int octets = u8_mbtoucr(&c, text + i, len - i);

		if (!uc_is_property_default_ignorable_code_point(c))
			for (int n = 0; n < octets; n++)
				text[kept++] = text[i + (size_t)n];
		i += (size_t)octets;
	}
	return kept;
}

/* One round of folding: a new text on the heap, or null with errno. */
static uint8_t *fold_once(struct span in, size_t *len)
{
	const uint8_t *text = (const uint8_t *)in.at;
	uint8_t *decomposed, *folded;
	size_t decomposed_len;

	decomposed = u8_normalize(UNINORM_NFD, text, in.len, NULL, &decomposed_len);
	if (!decomposed)
		return NULL;
	folded = u8_casefold(decomposed, decomposed_len, NULL, UNINORM_NFKC, NULL, len);
	free(decomposed);
	return folded;
}

/* One round over `*text` (on the heap), which it replaces. False with errno; 0 in errno if the
 * text cannot be a name. `stable` if it did not change. */
static bool round_over(uint8_t **text, size_t *len, bool *stable)
{
	struct span trimmed = span_trim((struct span){(const char *)*text, *len});
	uint8_t *folded;
	size_t folded_len;
	bool ignorable;

	errno = 0;
	if (trimmed.len == 0 || !look((const uint8_t *)trimmed.at, trimmed.len, &ignorable)) {
		errno = 0;
		return false;
	}
	errno = 0;
	folded = fold_once(trimmed, &folded_len);
	if (!folded)
		return false;
	if (ignorable)
		folded_len = leave_out_ignorable(folded, folded_len);
	*stable = span_equal((struct span){(const char *)*text, *len},
			     (struct span){(const char *)folded, folded_len});
	free(*text);
	*text = folded;
	*len = folded_len;
	return true;
}

bool fold_name(struct span in, struct buf *out)
{
	uint8_t *text;
	size_t len;
	bool stable = false, ok = true;

	in = span_trim(in);
	if (in.len == 0 || in.len > FOLD_NAME_MAX || out->failed)
		return false;
	if (put_ascii(in, out))
		return !out->failed;
	text = u8_cpy_alloc((const uint8_t *)in.at, in.len);
	len = in.len;
	for (int i = 0; text && ok && !stable && i < ROUNDS_MAX; i++)
		ok = round_over(&text, &len, &stable);
	if (!text || (!ok && errno == ENOMEM))
		out->failed = true;
	else if (ok && stable)
		buf_put_span(out, (struct span){(const char *)text, len});
	free(text);
	return ok && stable && !out->failed;
}
