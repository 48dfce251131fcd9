/* SPDX-License-Identifier: MIT */
/* One value of a config key: what it means, and what is wrong with it. */
#include "base/conf_check.h"

#include <string.h>

static const struct {
	const char *name;
	int64_t ms;
} conf_units[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000},
};

static int64_t unit_ms(struct span name)
{
	for (size_t i = 0; i < sizeof(conf_units) / sizeof(conf_units[0]); i++)
		if (span_is(name, conf_units[i].name))
			return conf_units[i].ms;
	return 0;
}

void conf_check_put_range(const struct conf_key *key, struct buf *out)
{
	struct span rest = span_of(key->choices), choice;
	const char *before = "one of ";

	if (key->type == CONF_NUMBER) {
		buf_put_number(out, (uint64_t)key->min);
		buf_put_text(out, key->unit ? key->unit : "");
		buf_put_text(out, " to ");
		buf_put_number(out, (uint64_t)key->max);
		buf_put_text(out, key->unit ? key->unit : "");
	}
	while (span_take_until(&rest, '|', &choice)) {
		buf_put_text(out, before);
		buf_put_span(out, choice);
		before = ", ";
	}
}

/* "500", "500ms", "1 s" to the key's unit. */
static bool take_number(const struct conf_key *key, struct span text, int64_t *number)
{
	struct span digits = span_trim(text), suffix;
	uint64_t value = 0;
	size_t len = 0;

	while (len < digits.len && digits.at[len] >= '0' && digits.at[len] <= '9')
		len++;
	suffix = span_trim((struct span){digits.at + len, digits.len - len});
	digits.len = len;
	if (!span_take_number(digits, 10000000000, &value))
		return false;
	*number = (int64_t)value;
	if (suffix.len) {
		int64_t from = unit_ms(suffix), to = key->unit ? unit_ms(span_of(key->unit)) : 0;

		if (from == 0 || to == 0 || *number * from % to != 0)
			return false;
		*number = *number * from / to;
	}
	return *number >= key->min && *number <= key->max;
}

static bool take_mode(struct span text, int64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '7')
			return false;
		*number = *number * 8 + (text.at[i] - '0');
		if (*number > 0777)
			return false;
	}
	return text.len >= 3;
}

static bool take_bool(struct span text, int64_t *number)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*number = i % 2;
		if (span_equal_nocase(text, span_of(words[i])))
			return true;
	}
	return false;
}

static bool take_choice(const struct conf_key *key, struct span text, int64_t *number,
			struct span *normal)
{
	struct span rest = span_of(key->choices);

	*number = 0;
	while (span_take_until(&rest, '|', normal)) {
		if (span_equal_nocase(*normal, text))
			return true;
		++*number;
	}
	return false;
}

static bool fails(struct buf *fault, const struct conf_key *key, const char *what)
{
	buf_put_text(fault, what);
	conf_check_put_range(key, fault);
	return false;
}

static bool is_path(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
			return false;
	return text.len == 0 || (text.at[0] == '/' && text.len < 4096);
}

bool conf_check(const struct conf_key *key, struct span text, int64_t *number, struct span *normal,
		struct buf *fault)
{
	*number = 0;
	*normal = text;
	switch (key->type) {
	case CONF_PATH:
		return is_path(text) || fails(fault, key, "is not an absolute path");
	case CONF_NUMBER:
		return take_number(key, text, number) || fails(fault, key, "is not a number from ");
	case CONF_MODE:
		return take_mode(text, number) ||
		       fails(fault, key, "is not the mode of a file in octal, such as 0660");
	case CONF_BOOL:
		return take_bool(text, number) || fails(fault, key, "is neither yes nor no");
	case CONF_CHOICE:
		return take_choice(key, text, number, normal) || fails(fault, key, "is not ");
	case CONF_LIST:
		if (key->choices)
			return take_choice(key, text, number, normal) ||
			       fails(fault, key, "is not ");
		if (text.len == 0)
			return fails(fault, key, "is empty");
		break;
	case CONF_TEXT:
		break;
	}
	return span_printable(text) || fails(fault, key, "has something besides printable ASCII");
}
