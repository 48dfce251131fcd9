/* SPDX-License-Identifier: MIT */
/* The name of an attempt in its one normal form, and the realm that it belongs to. */
#include "engine/name.h"

#include <string.h>

#include "base/fold.h"

static enum defect look(struct span authcid)
{
	if (span_trim(authcid).len == 0)
		return DEFECT_EMPTY_NAME;
	if (authcid.len > NAME_MAX_OCTETS)
		return DEFECT_TOO_LONG;
	if (span_has(authcid, '\0'))
		return DEFECT_NUL;
	for (size_t i = 0; i < authcid.len; i++)
		if ((unsigned char)authcid.at[i] < 0x20 || authcid.at[i] == 0x7f)
			return DEFECT_CONTROL;
	return DEFECT_NONE;
}

/* Where the domain begins, behind the last '@' as in an address; 0 without one. */
static size_t find_domain(struct span full)
{
	size_t at = full.len;

	while (at > 0 && full.at[at - 1] != '@')
		at--;
	return at;
}

/* A directory finds "alice" by "alice " too (RFC 4518 2.6.1): that is one name here as well. */
static void close_gap(struct buf *text)
{
	size_t at = find_domain(buf_span(text));
	size_t end = at ? at - 1 : 0, begin = at;

	if (at == 0)
		return;
	while (end > 0 && text->at[end - 1] == ' ')
		end--;
	while (begin < text->len && text->at[begin] == ' ')
		begin++;
	memmove(text->at + end + 1, text->at + begin, text->len - begin);
	text->at[end] = '@';
	text->len -= begin - end - 1;
}

static void split(struct name *name)
{
	struct span full = buf_span(&name->text);
	size_t at = find_domain(full);

	name->parts.full = full;
	name->parts.local = (struct span){full.at, at ? at - 1 : full.len};
	name->parts.domain = (struct span){full.at + at, at ? full.len - at : 0};
}

enum defect name_init(struct name *name, struct span authcid, const struct settings *settings)
{
	enum defect defect = look(authcid);

	name->text = BUF_ON(name->storage);
	name->parts = (struct backend_name){SPAN_NONE, SPAN_NONE, SPAN_NONE};
	name->realm = settings->stranger_realm;
	name->stranger = true;
	if (defect != DEFECT_NONE)
		return defect;
	if (!fold_name(authcid, &name->text))
		return name->text.failed ? DEFECT_TOO_LONG : DEFECT_NOT_UTF8;
	close_gap(&name->text);
	split(name);
	if (name->parts.domain.len == 0) {
		if (!settings->default_realm)
			return DEFECT_NO_DOMAIN;
		if (!span_has(name->parts.full, '@'))
			buf_put_char(&name->text, '@');
		buf_put_text(&name->text, settings->default_realm->name);
		if (name->text.failed)
			return DEFECT_TOO_LONG;
		split(name);
	}
	if (name->parts.local.len == 0)
		return DEFECT_EMPTY_NAME;
	const struct settings_realm *realm = settings_find_realm(settings, name->parts.domain);

	if (realm) {
		name->realm = realm;
		name->stranger = false;
	}
	return DEFECT_NONE;
}

struct span name_canonical(const struct name *name, const struct settings *settings)
{
	switch (settings->username) {
	case SETTINGS_USERNAME_FULL:
		return name->parts.full;
	case SETTINGS_USERNAME_LOCAL:
		return name->parts.local;
	}
	return name->parts.full;
}

struct span name_other(struct span other, const struct settings *settings)
{
	size_t at = other.len;

	if (settings->username == SETTINGS_USERNAME_FULL)
		return other;
	while (at > 0 && other.at[at - 1] != '@')
		at--;
	return at > 1 ? (struct span){other.at, at - 1} : other;
}

bool name_is_sound(struct span other)
{
	char storage[FOLD_NAME_MAX];
	struct buf folded = BUF_ON(storage);

	return look(other) == DEFECT_NONE && fold_name(other, &folded);
}
