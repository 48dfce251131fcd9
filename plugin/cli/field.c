/* SPDX-License-Identifier: MIT */
/* Members of a JSON object, whatever is missing or of another type. */
#include "cli/field.h"

const char *field_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? text : NULL;
}

const char *field_text_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = field_text(object, key);

	return text ? text : otherwise;
}

int64_t field_number(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);

	if (json_is_integer(member))
		return json_integer_value(member);
	return json_is_real(member) ? (int64_t)json_real_value(member) : 0;
}

bool field_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}
