/* SPDX-License-Identifier: MIT */
/* Stored secrets made with argon2, as libsodium, libargon2, OpenLDAP and Dovecot write them. */
#include "base/pwhash_argon2.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#define WORK_MAX     ((uint64_t)PWHASH_MEMORY_MAX * 8) /* KiB times passes */
#define LANES_MAX    16
#define MADE_PASSES  3
#define MADE_MEMORY  65536
#define MEMORY_LEAST 8

/* Takes "m=N" and the like, up to `end` (or the end of the text for 0). */
static bool take_parameter(struct span *in, char key, char end, uint64_t max, uint64_t *number)
{
	struct span piece;

	if (!span_take_until(in, end, &piece) || piece.len < 3 || piece.at[0] != key ||
	    piece.at[1] != '=')
		return false;
	return span_take_number((struct span){piece.at + 2, piece.len - 2}, max, number);
}

bool pwhash_argon2_valid(unsigned variant, struct span data)
{
	uint64_t memory, passes, lanes;
	struct span piece;

	(void)variant;
	if (data.len >= crypto_pwhash_STRBYTES || !span_printable(data) ||
	    !span_take_until(&data, '$', &piece) || piece.len != 0 ||
	    !span_take_until(&data, '$', &piece) ||
	    !(span_is(piece, "argon2i") || span_is(piece, "argon2id")) ||
	    !span_take_until(&data, '$', &piece) || !span_is(piece, "v=19"))
		return false;
	if (!take_parameter(&data, 'm', ',', PWHASH_MEMORY_MAX, &memory) ||
	    !take_parameter(&data, 't', ',', WORK_MAX, &passes) ||
	    !take_parameter(&data, 'p', '$', LANES_MAX, &lanes))
		return false;
	if (memory < MEMORY_LEAST || passes == 0 || lanes == 0 || memory * passes > WORK_MAX)
		return false;
	return span_take_until(&data, '$', &piece) && piece.len >= 11 &&
	       span_take_until(&data, '$', &piece) && piece.len >= 16 && !data.at;
}

bool pwhash_argon2_slow(unsigned variant, struct span data)
{
	(void)variant;
	(void)data;
	return true;
}

/* libsodium says "mismatch" too where it got no memory (argon2_verify in its argon2.c), which must not
 * pass for a wrong password. */
static bool memory_is_there(struct span data)
{
	struct span piece;
	uint64_t memory = 0;
	void *area;

	for (int i = 0; i < 3; i++)
		span_take_until(&data, '$', &piece);
	take_parameter(&data, 'm', ',', PWHASH_MEMORY_MAX, &memory);
	area = mmap(NULL, memory * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return false;
	munmap(area, memory * 1024);
	return true;
}

enum pwhash_match pwhash_argon2_verify(unsigned variant, struct span data, struct span secret)
{
	char text[crypto_pwhash_STRBYTES];
	bool id;
	int rc;

	if (!pwhash_argon2_valid(variant, data))
		return PWHASH_BROKEN;
	if (sodium_init() < 0) /* chooses the fast implementation, once */
		return PWHASH_FAILED;
	memcpy(text, data.at, data.len);
	text[data.len] = 0;
	id = strncmp(text, "$argon2id$", 10) == 0;
	rc = id ? crypto_pwhash_argon2id_str_verify(text, secret.at, secret.len)
		: crypto_pwhash_argon2i_str_verify(text, secret.at, secret.len);
	if (rc == 0)
		return PWHASH_YES;
	return memory_is_there(data) ? PWHASH_NO : PWHASH_FAILED;
}

bool pwhash_argon2_make(unsigned variant, unsigned cost, struct span secret, struct buf *out)
{
	char text[crypto_pwhash_STRBYTES];
	size_t memory = cost ? cost : MADE_MEMORY;

	(void)variant;
	if (sodium_init() < 0 || memory < MEMORY_LEAST || memory > PWHASH_MEMORY_MAX ||
	    crypto_pwhash_argon2id_str(text, secret.at, secret.len, MADE_PASSES,
				       memory * 1024) != 0)
		return false;
	buf_put_text(out, text);
	return true;
}
