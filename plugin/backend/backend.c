/* SPDX-License-Identifier: MIT */
/* What a credential backend is: one table of functions, and the record that a lookup fills. */
#include "backend/backend.h"

#include <string.h>

#include "base/secret.h"

void backend_record_init(struct backend_record *record)
{
	memset(record, 0, offsetof(struct backend_record, apps));
	record->text = BUF_ON(record->storage);
}

void backend_record_wipe(struct backend_record *record)
{
	secret_wipe_octets(record->storage, record->text.len);
	secret_wipe_octets(record->apps, record->app_count * sizeof(record->apps[0]));
	secret_wipe_octets(record, offsetof(struct backend_record, apps));
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

struct backend_app *backend_record_add_app(struct backend_record *record)
{
	struct backend_app *app = &record->apps[record->app_count];

	if (record->app_count == BACKEND_APPS_MAX)
		return NULL;
	*app = (struct backend_app){.expires = 0};
	record->app_count++;
	return app;
}

void backend_record_spoil(struct backend_record *record, const char *why)
{
	record->account.defect = true;
	if (!record->defect)
		record->defect = why;
}
