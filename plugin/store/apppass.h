/* SPDX-License-Identifier: MIT */
/* App passwords: random secrets of an account, each with its label, scope and end (pure). */
#ifndef STORE_APPPASS_H
#define STORE_APPPASS_H

#include "base/buf.h"
#include "base/secret.h"
#include "core/network.h"

/* Letters of a secret: 16 of 26 are 75 bits, so that a keyed hash is enough. */
#define APPPASS_LETTERS	 16
#define APPPASS_ID_LEN	 8
#define APPPASS_HASH_LEN 32
#define APPPASS_KEY_LEN	 32
#define APPPASS_LABEL_MAX 64
#define APPPASS_LIST_MAX  256 /* octets of the services, and of the networks */
/* How many an account may have that are neither revoked nor expired. */
#define APPPASS_MAX 200

/* One app password. Times are seconds since 1970, 0: never. `services` and `networks` are lists
 * separated by commas; empty: all. Texts are UTF-8 without control characters. */
struct apppass {
	char id[APPPASS_ID_LEN + 1];
	char label[APPPASS_LABEL_MAX + 1];
	char services[APPPASS_LIST_MAX + 1];
	char networks[APPPASS_LIST_MAX + 1];
	unsigned char hash[APPPASS_HASH_LEN];
	int64_t created, expires, revoked, used;
	char used_client[48];
	char used_mechanism[24];
};

/* ---- the secret ---- */

/* True of 16 ASCII letters of any case, whatever spaces, tabs and dashes stand between: what may be an
 * app password. Its letters in lower case are written to `letters`, which the caller wipes. */
bool apppass_take_secret(struct span typed, char letters[APPPASS_LETTERS]);

/* Makes a secret: 16 letters, lower case, each of 26 with the same probability. */
void apppass_make_secret(char letters[APPPASS_LETTERS]);

/* As it is shown: "abcd efgh ijkl mnop". */
void apppass_put_secret(struct buf *out, const char letters[APPPASS_LETTERS]);

/* What is stored of it: HMAC-SHA-256 under the daemon's key of the account's owner id and the letters,
 * so that one lookup finds it among all and a stolen file tells nothing without the key. */
void apppass_hash(const unsigned char key[APPPASS_KEY_LEN], struct span owner,
		  const char letters[APPPASS_LETTERS], unsigned char hash[APPPASS_HASH_LEN]);

/* Makes an id: what APPPASS_ID_LEN letters and digits name in a command. */
void apppass_make_id(char id[APPPASS_ID_LEN + 1]);

/* Whether a text can be one: 8 small letters and digits; 1 to 64 octets of UTF-8 without control characters,
 * and without spaces at its ends. */
bool apppass_id_valid(struct span id);
bool apppass_label_valid(struct span label);

/* Whether label, services (tokens of a-z, 0-9 and '-'), networks (address, or address/bits) and times are in
 * bounds and can be read, and it ends after it begins; `fault` is a constant text if not. The id is not
 * looked at. */
bool apppass_valid(const struct apppass *app, const char **fault);

/* What stands first in the way of using it, at `now`, for `service`, from an address (null: not known; it
 * then lies in no network). `since`: when it was revoked or expired. */
enum apppass_state { APPPASS_REVOKED, APPPASS_EXPIRED, APPPASS_OUTSIDE, APPPASS_GOOD };
enum apppass_state apppass_judge(const struct apppass *app, struct span service,
				 const unsigned char *address, int64_t now, int64_t *since);

/* ---- the value of a directory's attribute saslReasonAppPassword ---- */

/* "id$created$expires$revoked$services$networks$hash$label": times in seconds since 1970 or 0, the hash
 * in hexadecimal, the label last because it may have any character. */
void apppass_put_value(struct buf *out, const struct apppass *app);

/* False, and all zeros, of anything else: a malformed value is refused as a whole. */
bool apppass_take_value(struct span value, struct apppass *app);

#endif
