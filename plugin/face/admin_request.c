/* SPDX-License-Identifier: MIT */
/* A request of the admin socket: one line of JSON, its command and whether its members are right.
 */
#include "face/admin_request.h"

#include <string.h>

#include "face/admin_apppass.h"
#include "face/admin_explain.h"
#include "face/admin_lockouts.h"
#include "face/admin_status.h"
#include "face/admin_why.h"

#define MEMBERS_MAX 6

enum kind { KIND_TEXT, KIND_TEXTS, KIND_TIME };

struct member {
	const char *name;
	enum kind kind;
	bool needed;
};

struct row {
	const char *command;
	admin_request_run *run;
	struct member members[MEMBERS_MAX];
};

static const struct row rows[] = {
    {"why", admin_why_run, {{"id", KIND_TEXT, true}}},
    {"explain",
     admin_explain_run,
     {{"user", KIND_TEXT, true}, {"service", KIND_TEXT, false}, {"client", KIND_TEXT, false}}},
    {"app-password-add",
     admin_apppass_add,
     {{"user", KIND_TEXT, true},
      {"label", KIND_TEXT, true},
      {"services", KIND_TEXTS, false},
      {"networks", KIND_TEXTS, false},
      {"expires", KIND_TIME, false}}},
    {"app-password-list", admin_apppass_list, {{"user", KIND_TEXT, true}}},
    {"app-password-revoke",
     admin_apppass_revoke,
     {{"user", KIND_TEXT, true}, {"which", KIND_TEXT, true}}},
    {"app-password-rename",
     admin_apppass_rename,
     {{"user", KIND_TEXT, true}, {"which", KIND_TEXT, true}, {"label", KIND_TEXT, true}}},
    {"lockouts-list", admin_lockouts_list, {{"user", KIND_TEXT, false}}},
    {"lockouts-clear",
     admin_lockouts_clear,
     {{"user", KIND_TEXT, false}, {"network", KIND_TEXT, false}}},
    {"status", admin_status_run, {{NULL, KIND_TEXT, false}}},
    {"config", admin_status_config, {{NULL, KIND_TEXT, false}}},
    {"reload", admin_status_reload, {{NULL, KIND_TEXT, false}}},
};

static const struct row *find_row(const char *command)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].command, command) == 0)
			return &rows[i];
	return NULL;
}

static const struct member *find_member(const struct row *row, const char *name)
{
	for (size_t i = 0; i < MEMBERS_MAX && row->members[i].name; i++)
		if (strcmp(row->members[i].name, name) == 0)
			return &row->members[i];
	return NULL;
}

static bool is_texts(const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return json_is_array(value);
}

/* What is wrong with a value; null: nothing. */
static const char *judge(const struct member *member, const json_t *value)
{
	if (json_is_null(value))
		return member->needed ? "it is missing" : NULL;
	switch (member->kind) {
	case KIND_TEXT:
		return json_is_string(value) ? NULL : "it is no text";
	case KIND_TEXTS:
		return is_texts(value) ? NULL : "it is no list of texts";
	case KIND_TIME:
		return json_is_integer(value) && json_integer_value(value) >= 0
			   ? NULL
			   : "it is no time in seconds";
	}
	return "it is of no known type";
}

static bool refuse(struct buf *fault, const char *what, const char *name)
{
	buf_put_text(fault, what);
	buf_put_text(fault, " \"");
	buf_put_span(fault, (struct span){name, strnlen(name, 40)});
	buf_put_char(fault, '"');
	return false;
}

static bool check_members(const struct row *row, json_t *request, struct buf *fault)
{
	const char *name, *wrong;
	json_t *value;

	json_object_foreach(request, name, value)
	{
		const struct member *member = find_member(row, name);

		if (!member && strcmp(name, "command") != 0)
			return refuse(fault, "there is no member", name);
		wrong = member ? judge(member, value) : NULL;
		if (wrong) {
			buf_put_text(fault, wrong);
			return refuse(fault, ":", name);
		}
	}
	for (size_t i = 0; i < MEMBERS_MAX && row->members[i].name; i++)
		if (row->members[i].needed && !json_object_get(request, row->members[i].name))
			return refuse(fault, "it is missing:", row->members[i].name);
	return true;
}

bool admin_request_take(struct span line, json_t **request, admin_request_run **run,
			struct buf *fault)
{
	json_error_t error;
	json_t *object = json_loadb(line.at, line.len, JSON_REJECT_DUPLICATES, &error);
	const char *command = json_string_value(json_object_get(object, "command"));
	const struct row *row = command ? find_row(command) : NULL;
	bool ok = false;

	if (!object) {
		buf_put_text(fault, "no JSON: ");
		buf_put_printable(fault, span_of(error.text));
	} else if (!json_is_object(object)) {
		buf_put_text(fault, "the request is no JSON object");
	} else if (!command) {
		buf_put_text(fault, "the request has no command");
	} else if (!row) {
		refuse(fault, "there is no command", command);
	} else {
		ok = check_members(row, object, fault);
	}
	if (!ok)
		json_decref(object);
	*request = ok ? object : NULL;
	*run = ok ? row->run : NULL;
	return ok;
}
