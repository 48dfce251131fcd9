/* SPDX-License-Identifier: MIT */
/* What the answers of the admin socket are made of: JSON values of spans, memory that is wiped. */
#include "face/admin_json.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/secret.h"

void admin_json_free(void *at)
{
	if (at)
		secret_wipe_octets(at, malloc_usable_size(at));
	free(at);
}

void admin_json_begin(void)
{
	json_set_alloc_funcs(malloc, admin_json_free);
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	return false;
}

static json_t *printable(struct span text)
{
	char *storage = malloc(text.len + 1);
	struct buf out = {storage, 0, text.len, false};
	json_t *value;

	if (!storage)
		return NULL;
	buf_put_printable(&out, text);
	value = json_stringn(out.at, out.len);
	free(storage);
	return value;
}

json_t *admin_json_text(struct span text)
{
	json_t *value;

	if (!text.at)
		return json_null();
	value = has_control(text) ? NULL : json_stringn(text.at, text.len);
	return value ? value : printable(text);
}

json_t *admin_json_cstring(const char *text)
{
	return admin_json_text(span_of(text));
}

json_t *admin_json_list(struct span list)
{
	json_t *array = json_array();
	struct span item;

	while (list.len > 0 && span_take_until(&list, ',', &item)) {
		item = span_trim(item);
		if (item.len > 0 && json_array_append_new(array, admin_json_text(item)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}
