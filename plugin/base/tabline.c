/* SPDX-License-Identifier: MIT */
/* Lines of tab-separated fields, the shape of Dovecot's auth protocol: readers and a writer. */
#include "base/tabline.h"

#include <string.h>

bool tabline_take_line(struct span *in, struct span *line)
{
	const char *end = in->len ? memchr(in->at, '\n', in->len) : NULL;

	if (!end)
		return false;
	*line = (struct span){in->at, (size_t)(end - in->at)};
	in->at = end + 1;
	in->len -= line->len + 1;
	return true;
}

bool tabline_take_field(struct span *line, struct span *field)
{
	return span_take_until(line, '\t', field);
}

bool tabline_value(struct span field, const char *key, struct span *value)
{
	size_t len = strlen(key);

	if (field.len < len || memcmp(field.at, key, len) != 0)
		return false;
	if (field.len == len) {
		*value = (struct span){field.at + len, 0};
		return true;
	}
	if (field.at[len] != '=')
		return false;
	*value = (struct span){field.at + len + 1, field.len - len - 1};
	return true;
}

void tabline_unescape(struct span text, struct buf *out)
{
	static const char plain[] = {'\001', '\t', '\n', '\r', '\0'};
	static const char coded[] = {'1', 't', 'n', 'r', '0'};

	for (size_t i = 0; i < text.len; i++) {
		const char *hit = NULL;

		if (text.at[i] != '\001') {
			buf_put_char(out, text.at[i]);
			continue;
		}
		if (++i < text.len)
			hit = memchr(coded, text.at[i], sizeof(coded));
		if (!hit) {
			out->failed = true;
			return;
		}
		buf_put_char(out, plain[hit - coded]);
	}
}

void tabline_put(struct buf *out, const char *key, struct span value)
{
	if (!value.at)
		return;
	buf_put_char(out, '\t');
	buf_put_text(out, key);
	buf_put_char(out, '=');
	buf_put_escaped(out, value);
}
