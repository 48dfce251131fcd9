/* SPDX-License-Identifier: MIT */
/* Stored secrets, "{SCHEME}data" as Dovecot and OpenLDAP write them, compared with a secret. */
#include "base/pwhash.h"

#include <string.h>

#include "base/b64.h"
#include "base/pwhash_argon2.h"
#include "base/pwhash_crypt.h"
#include "base/pwhash_digest.h"
#include "base/pwhash_nt.h"
#include "base/pwhash_pbkdf2.h"
#include "base/pwhash_scram.h"

enum coding { AS_IT_STANDS, BASE64, BASE64_OR_HEX, HEX };

/* A scheme. The functions get `variant` and the data decoded. */
struct scheme {
	const char *name;
	enum pwhash_form form;
	enum coding coding; /* unless the name ends in ".b64" or ".hex" */
	unsigned variant;
	bool (*valid)(unsigned variant, struct span data);
	bool (*slow)(unsigned variant, struct span data); /* null: never */
	enum pwhash_match (*verify)(unsigned variant, struct span data, struct span secret);
};

static bool plain_valid(unsigned variant, struct span data)
{
	(void)variant;
	return data.len > 0;
}

/* Takes as long as `secret` is, whatever is stored. */
static enum pwhash_match plain_verify(unsigned variant, struct span data, struct span secret)
{
	unsigned differ = data.len != secret.len;

	(void)variant;
	for (size_t i = 0, j = 0; i < secret.len; i++) {
		differ |= (unsigned char)(secret.at[i] ^ data.at[j]);
		j = j + 1 < data.len ? j + 1 : 0;
	}
	return differ ? PWHASH_NO : PWHASH_YES;
}

#define PLAIN_ROW(name)                                                                            \
	{name, PWHASH_CLEARTEXT, AS_IT_STANDS, 0, plain_valid, NULL, plain_verify}
#define CRYPT_ROW(name)                                                                            \
	{name, PWHASH_ONE_WAY, AS_IT_STANDS, 0, pwhash_crypt_valid, pwhash_crypt_slow,             \
	 pwhash_crypt_verify}
#define DIGEST_ROW(name, coding, digest)                                                           \
	{name, PWHASH_ONE_WAY, coding, digest, pwhash_digest_valid, NULL, pwhash_digest_verify}
#define SALTED_ROW(name, digest)                                                                   \
	{name, PWHASH_ONE_WAY, BASE64, digest, pwhash_digest_valid_salted, NULL,                   \
	 pwhash_digest_verify}
#define PBKDF2_ROW(name, digest)                                                                   \
	{name, PWHASH_ONE_WAY, AS_IT_STANDS, digest, pwhash_pbkdf2_valid, pwhash_pbkdf2_slow,      \
	 pwhash_pbkdf2_verify}
#define ARGON2_ROW(name)                                                                           \
	{name, PWHASH_ONE_WAY, AS_IT_STANDS, 0, pwhash_argon2_valid, pwhash_argon2_slow,           \
	 pwhash_argon2_verify}
#define SCRAM_ROW(name, form, key_len)                                                             \
	{name, form, AS_IT_STANDS, key_len, pwhash_scram_valid, pwhash_scram_slow,                 \
	 pwhash_scram_verify}

static const struct scheme schemes[] = {
	PLAIN_ROW("PLAIN"),
	PLAIN_ROW("CLEARTEXT"),
	PLAIN_ROW("CLEAR"),
	CRYPT_ROW("CRYPT"),
	CRYPT_ROW("DES-CRYPT"),
	CRYPT_ROW("MD5-CRYPT"),
	CRYPT_ROW("SHA256-CRYPT"),
	CRYPT_ROW("SHA512-CRYPT"),
	CRYPT_ROW("BLF-CRYPT"),
	DIGEST_ROW("MD5", BASE64_OR_HEX, PWHASH_MD5),
	DIGEST_ROW("LDAP-MD5", BASE64_OR_HEX, PWHASH_MD5),
	DIGEST_ROW("PLAIN-MD5", BASE64_OR_HEX, PWHASH_MD5),
	DIGEST_ROW("SHA", BASE64_OR_HEX, PWHASH_SHA1),
	DIGEST_ROW("SHA1", BASE64_OR_HEX, PWHASH_SHA1),
	DIGEST_ROW("SHA256", BASE64_OR_HEX, PWHASH_SHA256),
	DIGEST_ROW("SHA512", BASE64_OR_HEX, PWHASH_SHA512),
	SALTED_ROW("SMD5", PWHASH_MD5),
	SALTED_ROW("SSHA", PWHASH_SHA1),
	SALTED_ROW("SSHA256", PWHASH_SHA256),
	SALTED_ROW("SSHA512", PWHASH_SHA512),
	PBKDF2_ROW("PBKDF2", PWHASH_SHA1),
	PBKDF2_ROW("PBKDF2-SHA1", PWHASH_SHA1),
	PBKDF2_ROW("PBKDF2-SHA256", PWHASH_SHA256),
	PBKDF2_ROW("PBKDF2-SHA512", PWHASH_SHA512),
	ARGON2_ROW("ARGON2"),
	ARGON2_ROW("ARGON2I"),
	ARGON2_ROW("ARGON2ID"),
	{"NT", PWHASH_ONE_WAY, HEX, 0, pwhash_nt_valid, NULL, pwhash_nt_verify},
	SCRAM_ROW("SCRAM-SHA-1", PWHASH_SCRAM_SHA_1, 20),
	SCRAM_ROW("SCRAM-SHA-256", PWHASH_SCRAM_SHA_256, 32),
};

static const struct scheme *scheme_find(struct span name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_equal_nocase(name, span_of(schemes[i].name)))
			return &schemes[i];
	return NULL;
}

/* Secrets that say what they are without braces. */
static const struct {
	const char *prefix;
	size_t skip;
	const char *scheme;
} bare[] = {
	{"$argon2", 0, "ARGON2"},
	{"$pbkdf2-sha256$", 15, "PBKDF2-SHA256"},
	{"$pbkdf2-sha512$", 15, "PBKDF2-SHA512"},
	{"SCRAM-SHA-1$", 12, "SCRAM-SHA-1"},
	{"SCRAM-SHA-256$", 14, "SCRAM-SHA-256"},
};

static const struct scheme *split_bare(struct span *data)
{
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
		size_t len = strlen(bare[i].prefix);

		if (data->len < len || memcmp(data->at, bare[i].prefix, len) != 0)
			continue;
		data->at += bare[i].skip;
		data->len -= bare[i].skip;
		return scheme_find(span_of(bare[i].scheme));
	}
	return scheme_find(span_of("CRYPT"));
}

/* The scheme of a stored secret (null if unknown), how its data is coded, and the data. */
static const struct scheme *split(struct span stored, enum coding *coding, struct span *data)
{
	const struct scheme *scheme;
	struct span name, suffix;

	*coding = AS_IT_STANDS;
	*data = stored;
	if (stored.len == 0 || stored.len > PWHASH_STORED_MAX)
		return NULL;
	if (stored.at[0] != '{')
		return split_bare(data);
	if (!span_take_until(data, '}', &name) || !data->at)
		return NULL;
	suffix = (struct span){name.at + 1, name.len - 1};
	span_take_until(&suffix, '.', &name);
	/* Dovecot writes the MD5 method of crypt as {MD5}. */
	if (span_equal_nocase(name, span_of("MD5")) && data->len > 3 &&
	    memcmp(data->at, "$1$", 3) == 0)
		name = span_of("CRYPT");
	scheme = scheme_find(name);
	if (!scheme)
		return NULL;
	*coding = scheme->coding;
	if (!suffix.at)
		return scheme;
	if (span_equal_nocase(suffix, span_of("b64")))
		*coding = BASE64;
	else if (span_equal_nocase(suffix, span_of("hex")))
		*coding = HEX;
	else
		return NULL;
	return scheme;
}

/* A stored secret taken apart. `storage` holds the data where it had to be decoded. */
struct parts {
	const struct scheme *scheme;
	const char *fault;
	struct span data;
	struct buf decoded;
	char storage[PWHASH_STORED_MAX];
};

static bool decode(struct parts *parts, enum coding coding)
{
	bool ok = true;

	switch (coding) {
	case AS_IT_STANDS:
		return true;
	case BASE64_OR_HEX:
		if (parts->data.len == 2 * pwhash_digest_size(parts->scheme->variant))
			ok = b64_decode_hex(parts->data, &parts->decoded);
		else
			ok = b64_decode(parts->data, &parts->decoded);
		break;
	case BASE64:
		ok = b64_decode(parts->data, &parts->decoded);
		break;
	case HEX:
		ok = b64_decode_hex(parts->data, &parts->decoded);
		break;
	}
	parts->data = buf_span(&parts->decoded);
	return ok;
}

/* False, and a fault, if it is broken. The caller closes it either way. */
static bool parts_open(struct parts *parts, struct span stored)
{
	enum coding coding;

	parts->decoded = (struct buf){parts->storage, 0, sizeof(parts->storage), false};
	parts->fault = "no password is stored";
	if (stored.len == 0)
		return false;
	parts->fault = "unknown password scheme";
	parts->scheme = split(stored, &coding, &parts->data);
	if (!parts->scheme)
		return false;
	parts->fault = "the data is not of the password's scheme, or costs too much to check";
	if (!decode(parts, coding) || !parts->scheme->valid(parts->scheme->variant, parts->data))
		return false;
	parts->fault = NULL;
	return true;
}

static void parts_close(struct parts *parts)
{
	secret_wipe_octets(parts->storage, sizeof(parts->storage));
}

enum pwhash_match pwhash_verify(struct span stored, struct span secret)
{
	struct parts parts;
	enum pwhash_match match = PWHASH_BROKEN;

	if (!secret.at)
		secret = span_of("");
	if (parts_open(&parts, stored))
		match = parts.scheme->verify(parts.scheme->variant, parts.data, secret);
	parts_close(&parts);
	return match;
}

bool pwhash_slow(struct span stored)
{
	const struct scheme *scheme;
	enum coding coding;
	struct span data;
	struct parts parts;
	bool slow;

	/* This much is asked before each cheap comparison: nothing is decoded for it. */
	scheme = split(stored, &coding, &data);
	if (!scheme || !scheme->slow)
		return false;
	slow = parts_open(&parts, stored) && scheme->slow(scheme->variant, parts.data);
	parts_close(&parts);
	return slow;
}

bool pwhash_brief(struct span stored)
{
	enum coding coding;
	struct span data;
	const struct scheme *scheme = split(stored, &coding, &data);

	return scheme && scheme->verify == pwhash_crypt_verify && coding == AS_IT_STANDS &&
	       pwhash_crypt_brief(data);
}

bool pwhash_valid(struct span stored, const char **fault)
{
	struct parts parts;
	bool valid = parts_open(&parts, stored);

	parts_close(&parts);
	*fault = parts.fault;
	return valid;
}

enum pwhash_form pwhash_form(struct span stored)
{
	enum coding coding;
	struct span data;
	const struct scheme *scheme = split(stored, &coding, &data);

	if (!scheme || coding != AS_IT_STANDS)
		return PWHASH_ONE_WAY;
	return scheme->form;
}

bool pwhash_cleartext(struct span stored, struct span *cleartext)
{
	if (pwhash_form(stored) != PWHASH_CLEARTEXT)
		return false;
	span_take_until(&stored, '}', cleartext);
	*cleartext = stored;
	return stored.len > 0;
}

bool pwhash_scram(struct span stored, struct pwhash_scram *scram)
{
	enum coding coding;
	struct span data;
	const struct scheme *scheme = split(stored, &coding, &data);

	if (!scheme || coding != AS_IT_STANDS || scheme->valid != pwhash_scram_valid)
		return false;
	return pwhash_scram_take(data, scheme->variant, scram);
}

static bool plain_make(unsigned variant, unsigned cost, struct span secret, struct buf *out)
{
	(void)variant;
	(void)cost;
	buf_put_span(out, secret);
	return secret.len > 0;
}

static const struct {
	const char *name;
	unsigned variant;
	bool (*make)(unsigned variant, unsigned cost, struct span secret, struct buf *out);
} makers[] = {
	{"PLAIN", 0, plain_make},
	{"CRYPT", PWHASH_CRYPT_YESCRYPT, pwhash_crypt_make},
	{"SHA512-CRYPT", PWHASH_CRYPT_SHA512, pwhash_crypt_make},
	{"BLF-CRYPT", PWHASH_CRYPT_BCRYPT, pwhash_crypt_make},
	{"SSHA512", PWHASH_SHA512, pwhash_digest_make},
	{"PBKDF2-SHA256", PWHASH_SHA256, pwhash_pbkdf2_make},
	{"ARGON2ID", 0, pwhash_argon2_make},
	{"SCRAM-SHA-1", 20, pwhash_scram_make},
	{"SCRAM-SHA-256", 32, pwhash_scram_make},
};

bool pwhash_make(struct span scheme, struct span secret, struct buf *stored)
{
	const char *fault;
	struct span name;
	uint64_t cost = 0;
	size_t start = stored->len;

	if (!secret.at)
		secret = span_of("");
	if (!span_take_until(&scheme, ':', &name) ||
	    (scheme.at && (!span_take_number(scheme, PWHASH_ITERATIONS_MAX, &cost) || cost == 0)))
		return false;
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (!span_equal_nocase(name, span_of(makers[i].name)))
			continue;
		buf_put_char(stored, '{');
		buf_put_text(stored, makers[i].name);
		buf_put_char(stored, '}');
		return makers[i].make(makers[i].variant, (unsigned)cost, secret, stored) &&
		       !stored->failed &&
		       pwhash_valid((struct span){stored->at + start, stored->len - start}, &fault);
	}
	return false;
}
