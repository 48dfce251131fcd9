/* SPDX-License-Identifier: MIT */
/* App passwords: random secrets of an account, each with its label, scope and end (pure). */
#include "store/apppass.h"

#include <sodium.h>
#include <string.h>
#include <unistr.h>

#include "base/b64.h"
#include "base/netaddr.h"

#define GROUP 4 /* letters, as a secret is shown */

/* Of an id: without letters and digits that look alike. */
static const char id_alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";

/* ---- the secret ---- */

bool apppass_take_secret(struct span typed, char letters[APPPASS_LETTERS])
{
	size_t count = 0;
	bool good = true;

	for (size_t i = 0; i < typed.len && good; i++) {
		char c = typed.at[i];

		if (c == ' ' || c == '\t' || c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		good = c >= 'a' && c <= 'z' && count < APPPASS_LETTERS;
		if (good)
			letters[count++] = c;
	}
	if (good && count == APPPASS_LETTERS)
		return true;
	secret_wipe_octets(letters, APPPASS_LETTERS);
	return false;
}

void apppass_make_secret(char letters[APPPASS_LETTERS])
{
	for (size_t i = 0; i < APPPASS_LETTERS; i++)
		letters[i] = (char)('a' + randombytes_uniform(26));
}

void apppass_put_secret(struct buf *out, const char letters[APPPASS_LETTERS])
{
	for (size_t i = 0; i < APPPASS_LETTERS; i += GROUP) {
		if (i > 0)
			buf_put_char(out, ' ');
		buf_put_span(out, (struct span){letters + i, GROUP});
	}
}

/* The letters have one length, so that no two pairs give the same octets. */
void apppass_hash(const unsigned char key[APPPASS_KEY_LEN], struct span owner,
		  const char letters[APPPASS_LETTERS], unsigned char hash[APPPASS_HASH_LEN])
{
	static const unsigned char separator = 0;
	crypto_auth_hmacsha256_state state;

	_Static_assert(APPPASS_HASH_LEN == crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256");
	crypto_auth_hmacsha256_init(&state, key, APPPASS_KEY_LEN);
	if (owner.len)
		crypto_auth_hmacsha256_update(&state, (const unsigned char *)owner.at, owner.len);
	crypto_auth_hmacsha256_update(&state, &separator, 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)letters, APPPASS_LETTERS);
	crypto_auth_hmacsha256_final(&state, hash);
	secret_wipe_octets(&state, sizeof(state));
}

void apppass_make_id(char id[APPPASS_ID_LEN + 1])
{
	for (size_t i = 0; i < APPPASS_ID_LEN; i++)
		id[i] = id_alphabet[randombytes_uniform(sizeof(id_alphabet) - 1)];
	id[APPPASS_ID_LEN] = '\0';
}

/* ---- what may stand in one ---- */

/* Line and paragraph separators are controls of a kind, too. */
static bool is_control(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

bool apppass_label_valid(struct span label)
{
	const uint8_t *at = (const uint8_t *)label.at;

	if (label.len == 0 || label.len > APPPASS_LABEL_MAX || span_trim(label).len != label.len ||
	    u8_check(at, label.len))
		return false;
	for (size_t i = 0; i < label.len;) {
		ucs4_t c;

		i += (size_t)u8_mbtouc(&c, at + i, label.len - i);
		if (is_control(c))
			return false;
	}
	return true;
}

static bool letters_and_digits(struct span text, char also)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != also)
			return false;
	}
	return text.len > 0;
}

bool apppass_id_valid(struct span id)
{
	return id.len == APPPASS_ID_LEN && letters_and_digits(id, 'a');
}

static bool service_valid(struct span service)
{
	return letters_and_digits(service, '-');
}

static bool network_valid(struct span network)
{
	unsigned char address[16], bits;

	return netaddr_take(network, address, &bits);
}

/* An empty list is one of nothing, not of an empty item. */
static bool list_valid(const char *list, bool (*valid)(struct span))
{
	struct span rest = *list ? span_of(list) : SPAN_NONE, item;

	while (span_take_until(&rest, ',', &item))
		if (!valid(item))
			return false;
	return true;
}

static bool texts_end(const struct apppass *app)
{
	return memchr(app->label, '\0', sizeof(app->label)) &&
	       memchr(app->services, '\0', sizeof(app->services)) &&
	       memchr(app->networks, '\0', sizeof(app->networks));
}

bool apppass_valid(const struct apppass *app, const char **fault)
{
	*fault = NULL;
	if (!texts_end(app) || !apppass_label_valid(span_of(app->label)))
		*fault = "a label has 1 to 64 octets of UTF-8 without control characters";
	else if (!list_valid(app->services, service_valid))
		*fault = "a service has small letters, digits and '-'";
	else if (!list_valid(app->networks, network_valid))
		*fault = "a network is an address, or address/bits";
	else if (app->created < 0 || app->expires < 0 || app->revoked < 0)
		*fault = "a time is seconds since 1970";
	else if (app->expires != 0 && app->expires <= app->created)
		*fault = "it would end before it begins";
	return !*fault;
}

/* ---- whether it may be used ---- */

static bool covers_service(const char *services, struct span service)
{
	return !*services || (service.len && span_list_has(span_of(services), service));
}

static bool covers_address(const char *networks, const unsigned char *address)
{
	struct span rest = span_of(networks), item;
	struct network network;

	if (!*networks)
		return true;
	while (address && span_take_until(&rest, ',', &item))
		if (netaddr_take(item, network.address, &network.bits) &&
		    network_has(&network, 1, address))
			return true;
	return false;
}

enum apppass_state apppass_judge(const struct apppass *app, struct span service,
				 const unsigned char *address, int64_t now, int64_t *since)
{
	*since = 0;
	if (app->revoked != 0) {
		*since = app->revoked;
		return APPPASS_REVOKED;
	}
	if (app->expires != 0 && now >= app->expires) {
		*since = app->expires;
		return APPPASS_EXPIRED;
	}
	if (!covers_service(app->services, service) || !covers_address(app->networks, address))
		return APPPASS_OUTSIDE;
	return APPPASS_GOOD;
}

/* ---- the value of a directory's attribute ---- */

void apppass_put_value(struct buf *out, const struct apppass *app)
{
	const int64_t times[] = {app->created, app->expires, app->revoked};

	buf_put_text(out, app->id);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		buf_put_char(out, '$');
		buf_put_number(out, (uint64_t)times[i]);
	}
	buf_put_char(out, '$');
	buf_put_text(out, app->services);
	buf_put_char(out, '$');
	buf_put_text(out, app->networks);
	buf_put_char(out, '$');
	buf_put_hex(out, app->hash, sizeof(app->hash));
	buf_put_char(out, '$');
	buf_put_text(out, app->label);
}

static bool take_text(struct span *value, char *text, size_t room)
{
	struct buf out = {text, 0, room, false};
	struct span piece;

	if (!span_take_until(value, '$', &piece) || span_has(piece, '\0'))
		return false;
	buf_put_span(&out, piece);
	buf_put_char(&out, '\0');
	return !out.failed;
}

static bool take_id(struct span *value, char id[APPPASS_ID_LEN + 1])
{
	return take_text(value, id, APPPASS_ID_LEN + 1) &&
	       apppass_id_valid((struct span){id, APPPASS_ID_LEN});
}

static bool take_time(struct span *value, int64_t *time)
{
	struct span piece;
	uint64_t number;

	if (!span_take_until(value, '$', &piece) || !span_take_number(piece, INT64_MAX, &number))
		return false;
	*time = (int64_t)number;
	return true;
}

static bool take_hash(struct span *value, unsigned char hash[APPPASS_HASH_LEN])
{
	struct buf out = {(char *)hash, 0, APPPASS_HASH_LEN, false};
	struct span piece;

	return span_take_until(value, '$', &piece) && b64_decode_hex(piece, &out) &&
	       out.len == APPPASS_HASH_LEN;
}

/* The rest, '$' and all. */
static bool take_label(struct span value, char label[APPPASS_LABEL_MAX + 1])
{
	if (!apppass_label_valid(value))
		return false;
	memcpy(label, value.at, value.len);
	label[value.len] = '\0';
	return true;
}

bool apppass_take_value(struct span value, struct apppass *app)
{
	const char *fault;

	memset(app, 0, sizeof(*app));
	if (take_id(&value, app->id) && take_time(&value, &app->created) &&
	    take_time(&value, &app->expires) && take_time(&value, &app->revoked) &&
	    take_text(&value, app->services, sizeof(app->services)) &&
	    take_text(&value, app->networks, sizeof(app->networks)) &&
	    take_hash(&value, app->hash) && take_label(value, app->label) &&
	    apppass_valid(app, &fault))
		return true;
	memset(app, 0, sizeof(*app));
	return false;
}
