/* SPDX-License-Identifier: MIT */
/* The secret that a challenge mechanism compares with: a real one, or one made up for the name. */
#include "engine/scramkey.h"

#include <sodium.h>
#include <string.h>

#include "base/b64.h"
#include "base/pwhash.h"

#define SALT_LEN 16

/* One keyed function for everything that is made up: BLAKE2b of purpose, mechanism and name. */
static void make_up(const unsigned char *key, const char *purpose, enum mech mech,
		    struct span name, unsigned char *out, size_t len)
{
	crypto_generichash_state state;
	const char *mechanism = mech_name(mech);

	crypto_generichash_init(&state, key, SCRAMKEY_LEN, len);
	crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, (const unsigned char *)mechanism, strlen(mechanism) + 1);
	crypto_generichash_update(&state, (const unsigned char *)name.at, name.len);
	crypto_generichash_final(&state, out, len);
	sodium_memzero(&state, sizeof(state));
}

static bool find_cleartext(const struct backend_record *record, struct span *cleartext)
{
	for (size_t i = 0; i < record->stored_count; i++)
		if (pwhash_cleartext(record->stored[i], cleartext))
			return true;
	return false;
}

static bool find_keys(const struct backend_record *record, enum mech mech,
		      struct pwhash_scram *scram)
{
	enum pwhash_form want =
	    mech == MECH_SCRAM_SHA_1 ? PWHASH_SCRAM_SHA_1 : PWHASH_SCRAM_SHA_256;

	for (size_t i = 0; i < record->stored_count; i++)
		if (pwhash_form(record->stored[i]) == want &&
		    pwhash_scram(record->stored[i], scram))
			return true;
	return false;
}

/* RFC 5803: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey. */
static bool put_authpassword(enum mech mech, const struct pwhash_scram *scram,
			     struct session_secret *out)
{
	struct buf text = {out->text, 0, sizeof(out->text) - 1, false};

	buf_put_text(&text, mech_name(mech));
	buf_put_char(&text, '$');
	buf_put_number(&text, scram->iterations);
	buf_put_char(&text, ':');
	b64_put(&text, (struct span){(const char *)scram->salt, scram->salt_len});
	buf_put_char(&text, '$');
	b64_put(&text, (struct span){(const char *)scram->stored_key, scram->key_len});
	buf_put_char(&text, ':');
	b64_put(&text, (struct span){(const char *)scram->server_key, scram->key_len});
	out->text[text.len] = '\0';
	return !text.failed;
}

static bool fill_scram(const struct backend_record *record, enum mech mech, struct span name,
		       const unsigned char *key, unsigned iterations, struct span cleartext,
		       struct session_secret *out)
{
	struct pwhash_scram scram = {.iterations = iterations,
				     .salt_len = SALT_LEN,
				     .key_len = mech == MECH_SCRAM_SHA_1 ? 20 : 32};
	bool ok = true;

	if (find_keys(record, mech, &scram)) {
		out->real = true;
	} else {
		make_up(key, "salt", mech, name, scram.salt, SALT_LEN);
		ok = pwhash_scram_derive(cleartext, &scram);
	}
	ok = ok && put_authpassword(mech, &scram, out);
	sodium_memzero(&scram, sizeof(scram));
	return ok;
}

bool scramkey_fill(const struct backend_record *record, enum mech mech, struct span name,
		   const unsigned char key[SCRAMKEY_LEN], unsigned iterations,
		   struct session_secret *out)
{
	unsigned char octets[32];
	char storage[2 * sizeof(octets) + 1];
	struct buf made_up = BUF_ON(storage);
	struct span cleartext;
	bool ok;

	make_up(key, "secret", mech, name, octets, sizeof(octets));
	buf_put_hex(&made_up, octets, sizeof(octets));
	out->real = find_cleartext(record, &cleartext);
	if (!out->real || cleartext.len == 0 || cleartext.len >= sizeof(out->text)) {
		out->real = false;
		cleartext = buf_span(&made_up);
	}
	if (mech_kind(mech) == MECH_KIND_SCRAM) {
		ok = fill_scram(record, mech, name, key, iterations, cleartext, out);
	} else {
		memcpy(out->text, cleartext.at, cleartext.len);
		out->text[cleartext.len] = '\0';
		ok = true;
	}
	sodium_memzero(octets, sizeof(octets));
	buf_wipe(&made_up);
	return ok;
}
