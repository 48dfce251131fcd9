/* SPDX-License-Identifier: MIT */
/* Stored secrets made with crypt(3), each method bounded in what it may cost. */
#include "base/pwhash_crypt.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define BCRYPT_MAX 15 /* 2^15 rounds: about 2 s */

/* The value of a digit of crypt's base64, or 64. */
static unsigned digit(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	const char *hit = c ? strchr(digits, c) : NULL;

	return hit ? (unsigned)(hit - digits) : 64;
}

/* `count` digits, the least significant first; false if one is none. */
static bool take_digits(struct span *in, size_t count, uint64_t *number)
{
	*number = 0;
	if (in->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (digit(in->at[i]) > 63)
			return false;
		*number |= (uint64_t)digit(in->at[i]) << (6 * i);
	}
	in->at += count;
	in->len -= count;
	return true;
}

static bool bcrypt_bounded(struct span rest)
{
	uint64_t cost;

	return rest.len > 3 && rest.at[2] == '$' &&
	       span_take_number((struct span){rest.at, 2}, BCRYPT_MAX, &cost);
}

/* "rounds=N$..." or without. */
static bool rounds_bounded(struct span rest)
{
	struct span piece = SPAN_NONE;
	uint64_t rounds;

	if (rest.len < 7 || memcmp(rest.at, "rounds=", 7) != 0)
		return true;
	span_take_until(&rest, '$', &piece);
	return span_take_number((struct span){piece.at + 7, piece.len - 7}, PWHASH_ITERATIONS_MAX,
				&rounds);
}

static bool number_bounded(struct span rest)
{
	struct span piece = SPAN_NONE;
	uint64_t rounds;

	return span_take_until(&rest, '$', &piece) &&
	       span_take_number(piece, PWHASH_ITERATIONS_MAX, &rounds);
}

static bool sun_md5_bounded(struct span rest)
{
	if (rest.len && rest.at[0] == ',')
		return rounds_bounded((struct span){rest.at + 1, rest.len - 1});
	return true;
}

/* 2^n blocks of 128 * r octets. */
static bool memory_bounded(uint64_t n, uint64_t r)
{
	return n > 0 && n < 32 && r > 0 && r <= 1024 &&
	       ((uint64_t)128 * r) << n <= (uint64_t)PWHASH_MEMORY_MAX * 1024;
}

/* "jNR$": flavor, N and r, one digit each, which is all that crypt_gensalt(3) makes; a digit over
 * 47 begins a longer number, and more digits are further parameters. */
static bool yescrypt_bounded(struct span rest)
{
	unsigned n, r;

	if (rest.len < 4 || rest.at[0] != 'j' || rest.at[3] != '$')
		return false;
	n = digit(rest.at[1]);
	r = digit(rest.at[2]);
	return n < 48 && r < 48 && memory_bounded(n + 1, r + 1);
}

/* "NRRRRRPPPPP". */
static bool scrypt_bounded(struct span rest)
{
	uint64_t n, r, p;

	return take_digits(&rest, 1, &n) && take_digits(&rest, 5, &r) &&
	       take_digits(&rest, 5, &p) && p > 0 && p <= 4 && memory_bounded(n, r);
}

static bool bsdi_bounded(struct span rest)
{
	uint64_t rounds;

	return take_digits(&rest, 4, &rounds) && rounds <= PWHASH_ITERATIONS_MAX;
}

static bool always_bounded(struct span rest)
{
	return rest.len > 0;
}

/* Two characters of salt and eleven or more of hash. */
static bool des_bounded(struct span rest)
{
	for (size_t i = 0; i < rest.len; i++)
		if (digit(rest.at[i]) > 63)
			return false;
	return rest.len >= 13;
}

static const struct {
	const char *prefix;
	bool slow;
	bool (*bounded)(struct span rest);
} methods[] = {
	{"$y$", true, yescrypt_bounded},
	{"$gy$", true, yescrypt_bounded},
	{"$7$", true, scrypt_bounded},
	{"$2a$", true, bcrypt_bounded},
	{"$2b$", true, bcrypt_bounded},
	{"$2x$", true, bcrypt_bounded},
	{"$2y$", true, bcrypt_bounded},
	{"$6$", true, rounds_bounded},
	{"$5$", true, rounds_bounded},
	{"$sha1$", true, number_bounded},
	{"$md5", true, sun_md5_bounded},
	{"$1$", true, always_bounded},
	{"$3$", false, always_bounded},
	{"_", true, bsdi_bounded},
	{"", false, des_bounded},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static size_t method_of(struct span data)
{
	size_t i = 0;

	for (; i < METHODS - 1; i++) {
		size_t len = strlen(methods[i].prefix);

		if (data.len > len && memcmp(data.at, methods[i].prefix, len) == 0)
			break;
	}
	return i;
}

/* The characters that crypt(5) allows in a hash. */
static bool alphabet(struct span data)
{
	for (size_t i = 0; i < data.len; i++)
		if (data.at[i] <= ' ' || data.at[i] > '~' || strchr("!*:;\\", data.at[i]))
			return false;
	return true;
}

bool pwhash_crypt_valid(unsigned variant, struct span data)
{
	size_t method = method_of(data), len = strlen(methods[method].prefix);
	char setting[CRYPT_OUTPUT_SIZE];
	int salt;

	(void)variant;
	if (data.len == 0 || data.len >= sizeof(setting) || !alphabet(data) ||
	    !methods[method].bounded((struct span){data.at + len, data.len - len}))
		return false;
	memcpy(setting, data.at, data.len);
	setting[data.len] = 0;
	salt = crypt_checksalt(setting);
	OPENSSL_cleanse(setting, sizeof(setting));
	return salt != CRYPT_SALT_INVALID && salt != CRYPT_SALT_METHOD_DISABLED;
}

bool pwhash_crypt_slow(unsigned variant, struct span data)
{
	(void)variant;
	return methods[method_of(data)].slow;
}

bool pwhash_crypt_brief(struct span data)
{
	return strcmp(methods[method_of(data)].prefix, "$1$") == 0;
}

static enum pwhash_match compare(const char *made, int error, struct span data)
{
	if (!made || made[0] == '*') /* "*0" and "*1": crypt(3)'s failure tokens */
		return error == ENOMEM ? PWHASH_FAILED : PWHASH_BROKEN;
	if (strlen(made) != data.len || CRYPTO_memcmp(made, data.at, data.len) != 0)
		return PWHASH_NO;
	return PWHASH_YES;
}

enum pwhash_match pwhash_crypt_verify(unsigned variant, struct span data, struct span secret)
{
	char phrase[CRYPT_MAX_PASSPHRASE_SIZE], setting[CRYPT_OUTPUT_SIZE];
	size_t len = secret.len < sizeof(phrase) ? secret.len : sizeof(phrase) - 1;
	bool whole = len == secret.len && !span_has(secret, 0);
	struct crypt_data *state;
	enum pwhash_match match;
	const char *made;

	if (!pwhash_crypt_valid(variant, data))
		return PWHASH_BROKEN;
	state = calloc(1, sizeof(*state));
	if (!state)
		return PWHASH_FAILED;
	if (len)
		memcpy(phrase, secret.at, len);
	phrase[len] = 0;
	memcpy(setting, data.at, data.len);
	setting[data.len] = 0;
	errno = 0;
	made = crypt_rn(phrase, setting, state, (int)sizeof(*state));
	match = compare(made, errno, data);
	if (match == PWHASH_YES && !whole)
		match = PWHASH_NO;
	OPENSSL_cleanse(state, sizeof(*state));
	free(state);
	OPENSSL_cleanse(phrase, len);
	OPENSSL_cleanse(setting, data.len);
	return match;
}

bool pwhash_crypt_make(unsigned method, unsigned cost, struct span secret, struct buf *out)
{
	static const char *const prefixes[] = {"$y$", "$6$", "$2b$"};
	char phrase[CRYPT_MAX_PASSPHRASE_SIZE], setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *state = NULL;
	const char *made = NULL;

	if (secret.len >= sizeof(phrase) || span_has(secret, 0) ||
	    !crypt_gensalt_rn(prefixes[method], cost, NULL, 0, setting, (int)sizeof(setting)))
		return false;
	if (secret.len)
		memcpy(phrase, secret.at, secret.len);
	phrase[secret.len] = 0;
	state = calloc(1, sizeof(*state));
	if (state)
		made = crypt_rn(phrase, setting, state, (int)sizeof(*state));
	if (made && made[0] == '*')
		made = NULL;
	if (made)
		buf_put_text(out, made);
	if (state)
		OPENSSL_cleanse(state, sizeof(*state));
	free(state);
	OPENSSL_cleanse(phrase, sizeof(phrase));
	return made != NULL;
}
