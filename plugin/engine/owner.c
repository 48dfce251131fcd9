/* SPDX-License-Identifier: MIT */
/* Whose app passwords and counters: the account's id that never goes to somebody else. */
#include "engine/owner.h"

#include <sodium.h>

#include "base/fold.h"

/* Octets of an id as it is; of a longer one the owner has the digest. */
#define PLAIN_MAX 256

static void put_id(struct buf *out, struct span id)
{
	unsigned char digest[crypto_generichash_BYTES];

	if (id.len <= PLAIN_MAX) {
		buf_put_span(out, id);
		return;
	}
	crypto_generichash(digest, sizeof(digest), (const unsigned char *)id.at, id.len, NULL, 0);
	buf_put_char(out, '#');
	buf_put_hex(out, digest, sizeof(digest));
}

void owner_put(struct buf *out, const struct backend *backend, const struct backend_record *record,
	       struct span name)
{
	char storage[FOLD_NAME_MAX];
	struct buf folded = BUF_ON(storage);

	buf_put_text(out, backend->label);
	buf_put_char(out, ':');
	if (record->stable.len > 0) {
		put_id(out, record->stable);
		return;
	}
	buf_put_char(out, '=');
	if (record->canonical.len > 0 && fold_name(record->canonical, &folded))
		put_id(out, buf_span(&folded));
	else
		put_id(out, name);
}
