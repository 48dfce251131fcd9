/* SPDX-License-Identifier: MIT */
/* The configuration as the daemon would have it, where no daemon answers or does not tell:
 * `sasl-reasond --print-config`. */
#include "cli/doctor_config.h"

#include <string.h>

#include "base/buf.h"
#include "cli/check_config.h"
#include "cli/doctor_command.h"

/* The daemon writes no section deeper than a realm's messages. */
#define DEPTH_MAX 4

/* Takes a quoted text, without its backslashes, off the front. */
static bool take_quoted(struct span *in, json_t **value)
{
	char text[4096];
	struct buf out = BUF_ON(text);

	if (in->len == 0 || in->at[0] != '"')
		return false;
	for (size_t i = 1; i < in->len; i++) {
		if (in->at[i] == '"') {
			in->at += i + 1;
			in->len -= i + 1;
			*value = out.failed ? NULL : json_stringn(out.at, out.len);
			return *value != NULL;
		}
		if (in->at[i] == '\\' && ++i == in->len)
			return false;
		buf_put_char(&out, in->at[i]);
	}
	return false;
}

/* {"a", "b"} */
static json_t *take_list(struct span in)
{
	json_t *list = json_array(), *item;

	in.at++;
	in.len--;
	while (in.len > 0 && in.at[0] != '}') {
		if (in.at[0] == ',' || in.at[0] == ' ') {
			in.at++;
			in.len--;
		} else if (!take_quoted(&in, &item) || json_array_append_new(list, item) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *take_value(struct span text)
{
	json_t *value = NULL;

	if (text.len > 0 && text.at[0] == '{')
		return take_list(text);
	if (text.len > 0 && text.at[0] == '"')
		return take_quoted(&text, &value) ? value : NULL;
	return json_stringn(text.at, text.len);
}

/* `section "title" {`: a new object in the array of its kind. */
static json_t *open_section(json_t *outer, struct span line)
{
	json_t *section = json_object(), *kind, *title = NULL;
	struct span name = line;
	char key[64];
	struct buf copy = BUF_ON(key);

	span_take_until(&line, ' ', &name);
	buf_put_span(&copy, name);
	buf_put_char(&copy, '\0');
	if (copy.failed)
		key[0] = '\0';
	if (take_quoted(&line, &title))
		json_object_set_new(section, "title", title);
	kind = json_object_get(outer, key);
	if (!kind) {
		kind = json_array();
		json_object_set_new(outer, key, kind);
	}
	return json_array_append_new(kind, section) == 0 ? section : NULL;
}

static bool take_line(json_t **stack, int *depth, struct span line)
{
	struct span name;
	char key[64];
	struct buf copy = BUF_ON(key);

	if (line.len == 0 || line.at[0] == '#')
		return true;
	if (span_is(line, "}"))
		return --*depth >= 0;
	if (line.at[line.len - 1] == '{') {
		if (*depth + 1 == DEPTH_MAX)
			return false;
		stack[*depth + 1] = open_section(stack[*depth], line);
		return stack[++*depth] != NULL;
	}
	span_take_until(&line, '=', &name);
	buf_put_span(&copy, span_trim(name));
	buf_put_char(&copy, '\0');
	return line.at && !copy.failed &&
	       json_object_set_new(stack[*depth], key, take_value(span_trim(line))) == 0;
}

json_t *doctor_config_parse(struct span text)
{
	json_t *stack[DEPTH_MAX] = {json_object()};
	struct span line;
	int depth = 0;

	while (span_take_until(&text, '\n', &line)) {
		if (!take_line(stack, &depth, span_trim(line))) {
			json_decref(stack[0]);
			return NULL;
		}
	}
	return stack[0];
}

bool doctor_config_ask(const char *path, json_t **parsed_r)
{
	static char text[256 * 1024];
	struct buf printed = BUF_ON(text);
	char program[4096];
	const char *const argv[] = {program, "--print-config", "-c", path, NULL};

	*parsed_r = NULL;
	if (!check_config_program(program, sizeof(program)) ||
	    doctor_command_run(argv, &printed, NULL) != 0 || printed.failed)
		return false;
	*parsed_r = doctor_config_parse(buf_span(&printed));
	return true;
}

/* ---- in the form of the admin socket ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && text[0] ? text : NULL;
}

static json_t *listeners_of(const json_t *parsed)
{
	json_t *listeners = json_array(), *section;
	size_t i;

	json_array_foreach(json_object_get(parsed, "listener"), i, section) json_array_append_new(
	    listeners, json_pack("{s:s*, s:s*, s:s, s:O*}", "path", text_of(section, "title"),
				 "mode", text_of(section, "mode"), "face", "auth", "mechanisms",
				 json_object_get(section, "mechanisms")));
	if (text_of(parsed, "admin_socket"))
		json_array_append_new(listeners,
				      json_pack("{s:s, s:s}", "path",
						text_of(parsed, "admin_socket"), "face", "admin"));
	return listeners;
}

static void add_backends(json_t *backends, const json_t *parsed, const char *type, const char *kind)
{
	json_t *section;
	size_t i;

	json_array_foreach(json_object_get(parsed, kind), i, section) json_array_append_new(
	    backends,
	    json_pack("{s:s*, s:s, s:s*, s:O*}", "label", text_of(section, "title"), "type", type,
		      "path", text_of(section, "path"), "uris", json_object_get(section, "uri")));
}

static json_t *realms_of(const json_t *parsed)
{
	json_t *realms = json_array(), *section;
	size_t i;

	json_array_foreach(json_object_get(parsed, "realm"), i, section)
	{
		const char *observe = text_of(section, "observe");

		json_array_append_new(realms,
				      json_pack("{s:s*, s:b}", "name", text_of(section, "title"),
						"observe", observe && strcmp(observe, "yes") == 0));
	}
	return realms;
}

json_t *doctor_config_answer(const json_t *parsed)
{
	json_t *backends = json_array();

	add_backends(backends, parsed, "file", "backend_file");
	add_backends(backends, parsed, "passwd", "backend_passwd");
	add_backends(backends, parsed, "ldap", "backend_ldap");
	return json_pack("{s:o, s:o, s:o, s:s?, s:s?, s:s?}", "listeners", listeners_of(parsed),
			 "backends", backends, "realms", realms_of(parsed), "user",
			 text_of(parsed, "user"), "key_file", text_of(parsed, "key_file"),
			 "state_directory", text_of(parsed, "state_directory"));
}
