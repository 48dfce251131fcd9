/* SPDX-License-Identifier: MIT */
/* What a credential backend is: one table of functions, and the record that a lookup fills. */
#include "backend/backend.h"

#include <string.h>

#include "base/secret.h"

void backend_record_init(struct backend_record *record)
{
	memset(record, 0, offsetof(struct backend_record, storage));
	record->text = BUF_ON(record->storage);
}

void backend_record_wipe(struct backend_record *record)
{
	secret_wipe_octets(record->storage, record->text.len);
	secret_wipe_octets(record, offsetof(struct backend_record, storage));
	record->text = BUF_ON(record->storage);
}

struct span backend_record_keep(struct backend_record *record, struct span text)
{
	size_t start = record->text.len;

	if (!text.at)
		return SPAN_NONE;
	buf_put_span(&record->text, text);
	if (record->text.failed) {
		backend_record_spoil(record, "the entry is too long");
		return SPAN_NONE;
	}
	return (struct span){record->storage + start, text.len};
}

void backend_record_spoil(struct backend_record *record, const char *why)
{
	record->account.defect = true;
	if (!record->defect)
		record->defect = why;
}
