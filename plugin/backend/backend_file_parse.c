/* SPDX-License-Identifier: MIT */
/* One line of an account file: Dovecot's passwd-file syntax and the fields of ours. Pure. */
#include "backend/backend_file_parse.h"

#include <string.h>

#include "backend/backend_file_value.h"
#include "base/fold.h"

#define APPS_MAX        16  /* each of them is a hash to compare */
#define ID_MAX          128
#define RESTRICTION_MAX 160 /* what a reply of 450 octets has room for */

enum backend_file_line backend_file_parse_name(struct span line, struct buf *name,
					       struct span *rest, const char **fault)
{
	struct span user;

	*fault = NULL;
	*rest = SPAN_NONE;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0 || line.at[0] == '#')
		return BACKEND_FILE_LINE_SKIP;
	if (line.len > BACKEND_FILE_LINE_MAX)
		*fault = "the line is longer than 6000 octets";
	else if (span_has(line, '\0'))
		*fault = "the line has a NUL octet";
	else if (!span_take_until(&line, ':', &user) || !line.at)
		*fault = "the line has no colon (user:{SCHEME}secret)";
	else if (span_trim(user).len == 0)
		*fault = "the line has no user name";
	else if (!fold_name(user, name))
		*fault = name->failed ? "the user name is too long"
				      : "the user name is not UTF-8 or has a control character";
	*rest = line;
	return *fault ? BACKEND_FILE_LINE_MALFORMED : BACKEND_FILE_LINE_ACCOUNT;
}

/* How a field is read: one of three shapes with its place in the account, or a function. */
enum shape { FLAG, DATE, LIST, OTHER };

struct row {
	struct backend_file_field doc;
	enum shape shape;
	size_t at; /* offset in struct account */
	bool (*take)(struct backend_record *record, struct span value);
};

/* A restriction is told in words: commas would end a field of the reply. */
static void put_words(struct buf *out, struct span list)
{
	struct span item;

	for (bool first = true; span_take_until(&list, ',', &item); first = false) {
		if (!first)
			buf_put_text(out, " and ");
		for (size_t i = 0; i < item.len; i++)
			buf_put_char(out, item.at[i]);
	}
}

static void restrict_more(struct backend_record *record, const char *word, struct span list)
{
	char storage[RESTRICTION_MAX];
	struct buf out = BUF_ON(storage);

	if (record->account.restriction.len) {
		buf_put_span(&out, record->account.restriction);
		buf_put_char(&out, ' ');
	}
	buf_put_text(&out, word);
	put_words(&out, list);
	if (!out.failed)
		record->account.restriction = backend_record_keep(record, buf_span(&out));
}

static bool take_hours(struct backend_record *record, struct span value)
{
	if (record->account.hours_limited) /* twice: which one is meant? */
		return false;
	record->account.hours_limited = true;
	record->account.hours_local = true;
	restrict_more(record, "", value);
	return backend_file_value_take_hours(value, record->account.hours);
}

static bool take_nets(struct backend_record *record, struct span value)
{
	struct span item, list = value;

	while (span_take_until(&list, ',', &item)) {
		/* Dovecot's word for a client without an address: nobody who comes to us. */
		if (span_is(item, "local"))
			continue;
		if (record->account.network_count == BACKEND_NETWORKS_MAX ||
		    !backend_file_value_take_network(
			item, &record->networks[record->account.network_count]))
			return false;
		record->account.network_count++;
	}
	record->account.networks = record->networks;
	restrict_more(record, "from ", value);
	return record->account.network_count > 0;
}

static bool take_previous(struct backend_record *record, struct span value)
{
	struct span date;
	int64_t changed;

	if (!span_take_until(&value, ',', &date) || value.len == 0 ||
	    !backend_file_value_take_date(date, &changed))
		return false;
	if (!record->previous.at || changed > record->previous_changed) {
		record->previous = value;
		record->previous_changed = changed;
	}
	return true;
}

/* "%20" for a space, since a space ends the field. */
static bool take_label(struct backend_record *record, struct span text, struct span *label)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	char storage[64];
	struct buf out = BUF_ON(storage);

	for (size_t i = 0; i < text.len; i++) {
		const char *high, *low;

		if (text.at[i] != '%') {
			buf_put_char(&out, text.at[i]);
			continue;
		}
		if (text.len - i < 3)
			return false;
		high = memchr(digits, text.at[i + 1], 32);
		low = memchr(digits, text.at[i + 2], 32);
		if (!high || !low)
			return false;
		buf_put_char(&out, (char)((high - digits) % 16 * 16 + (low - digits) % 16));
		i += 2;
	}
	*label = backend_record_keep(record, buf_span(&out));
	return !out.failed && out.len > 0;
}

/* Where the first of an app password's options begins in `text`, or its end: its secret may have
 * commas itself (SCRAM, argon2). */
static size_t find_option(struct span text)
{
	static const char *const options[] = {",expires=", ",revoked=", ",services="};
	size_t first = text.len;

	for (size_t i = 0; i < 3; i++) {
		const char *hit = memmem(text.at, text.len, options[i], strlen(options[i]));

		if (hit && (size_t)(hit - text.at) < first)
			first = (size_t)(hit - text.at);
	}
	return first;
}

static bool take_app_option(struct backend_app *app, struct span option)
{
	struct span key;

	if (!span_take_until(&option, '=', &key) || !option.at)
		return false;
	if (span_is(key, "expires"))
		return backend_file_value_take_date(option, &app->expires);
	if (span_is(key, "revoked"))
		return backend_file_value_take_date(option, &app->revoked);
	app->services = option;
	return option.len > 0;
}

static bool take_app(struct backend_record *record, struct span value)
{
	struct backend_app *app;
	struct span label;
	size_t at;

	app = record->app_count < APPS_MAX ? backend_record_add_app(record) : NULL;
	if (!app || !span_take_until(&value, ',', &label) || value.len == 0 ||
	    !take_label(record, label, &app->label))
		return false;
	at = find_option(value);
	app->stored = (struct span){value.at, at};
	value = (struct span){value.at + at, value.len - at};
	while (value.len) {
		value = (struct span){value.at + 1, value.len - 1};
		at = find_option(value);
		if (!take_app_option(app, (struct span){value.at, at}))
			return false;
		value = (struct span){value.at + at, value.len - at};
	}
	return app->stored.len > 0;
}

static bool take_url(struct backend_record *record, struct span value)
{
	record->account.url = value;
	return value.len > 0 && span_printable(value);
}

static bool take_user(struct backend_record *record, struct span value)
{
	char storage[FOLD_NAME_MAX];
	struct buf out = BUF_ON(storage);

	if (!fold_name(value, &out))
		return false;
	record->canonical = backend_record_keep(record, buf_span(&out));
	return true;
}

static bool take_id(struct backend_record *record, struct span value)
{
	if (value.len == 0 || value.len > ID_MAX || !span_printable(value))
		return false;
	record->stable = value;
	return true;
}

#define PLACE(member) offsetof(struct account, member), NULL

static const struct row rows[] = {
	{{"disabled", "The account is disabled.", "disabled"}, FLAG, PLACE(disabled)},
	{{"nologin", "The same, in Dovecot's word.", "nologin"}, FLAG, PLACE(disabled)},
	{{"locked", "The administrator has locked the account for a while.", "locked"},
	 FLAG, PLACE(locked)},
	{{"expires", "The account is refused from then on.", "expires=2026-11-04"},
	 DATE, PLACE(expires)},
	{{"password_expires", "The password is refused from then on.",
	  "password_expires=2026-11-04T12:00:00Z"}, DATE, PLACE(password_expires)},
	{{"password_changed", "When the present password was set.",
	  "password_changed=2026-11-04"}, DATE, PLACE(password_changed)},
	{{"must_change", "The password must be changed before it can be used.", "must_change"},
	 FLAG, PLACE(must_change)},
	{{"app_password_required", "Only app passwords log in.", "app_password_required"},
	 FLAG, PLACE(app_required)},
	{{"oauth2_required", "Only OAuth2 logs in.", "oauth2_required"},
	 FLAG, PLACE(oauth2_required)},
	{{"service_disabled", "Sending mail is not enabled for the account.", "service_disabled"},
	 FLAG, PLACE(service_disabled)},
	{{"mechanisms", "The only mechanisms that log in.", "mechanisms=PLAIN,LOGIN"},
	 LIST, PLACE(mechanisms)},
	{{"services", "The only services that it may log in to.", "services=smtp,imap"},
	 LIST, PLACE(services)},
	{{"allow_nets", "The only networks that it may log in from (Dovecot's word), up to 16.",
	  "allow_nets=10.0.0.0/8,2001:db8::/32"}, OTHER, 0, take_nets},
	{{"hours", "The only hours, local time, at which it may log in: from 8:00 to 17:59 here.",
	  "hours=Mon-Fri/08-18,Sat/09-12"}, OTHER, 0, take_hours},
	{{"previous", "An old password and the day that it was replaced; the latest one counts.",
	  "previous=2026-11-04,{SHA512-CRYPT}$6$..."}, OTHER, 0, take_previous},
	{{"app_password", "A label (%20 for a space), the app password hashed in lower case "
	  "without spaces and dashes, and, where needed, expires=DATE, revoked=DATE, "
	  "services=LIST; up to 16. While the name or the account is locked, only one of 16 letters "
	  "logs in, as sasl-reason app-password add makes them: another one could be guessed.",
	  "app_password=my%20phone,{SSHA512}...,expires=2027-01-01,services=smtp"},
	 OTHER, 0, take_app},
	{{"url", "The help page of this account.", "url=https://example.org/help"},
	 OTHER, 0, take_url},
	{{"user", "The name of the account where it differs (Dovecot's word).",
	  "user=alice@example.org"}, OTHER, 0, take_user},
	{{"id", "What this account alone ever has, up to 128 characters: app passwords and counters "
	  "belong to it, and to the name where there is none.", "id=e4071"}, OTHER, 0, take_id},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct backend_file_field *backend_file_parse_field(size_t index)
{
	return index < ROWS ? &rows[index].doc : NULL;
}

/* Extra fields of Dovecot's that mean nothing here (doc "Password database extra fields"), by
 * their beginning. */
static bool is_dovecots(struct span key)
{
	static const char *const known[] = {
		"userdb_", "event_", "forward_", "proxy", "host", "port", "master", "nodelay",
		"nopassword", "fail", "k5principals", "starttls", "ssl", "quota", "mail", "home",
		"uid", "gid", "reason", "delay_until", "destuser", "pass", "login_user",
		"original_user", "noauthenticate", "allow_real_nets", "domain",
		"system_groups_user",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i]);

		if (key.len >= len && memcmp(key.at, known[i], len) == 0)
			return true;
	}
	return false;
}

static bool take_row(const struct row *row, struct backend_record *record, struct span value)
{
	void *place = (char *)&record->account + row->at;
	struct span list;

	switch (row->shape) {
	case FLAG: {
		bool flag = false, *into = place;

		if (!backend_file_value_take_flag(value, &flag))
			return false;
		*into = *into || flag;
		return true;
	}
	case DATE:
		return backend_file_value_take_date(value, place);
	case LIST:
		list = value;
		memcpy(place, &list, sizeof(list));
		return value.len > 0 && span_printable(value);
	case OTHER:
		return row->take(record, value);
	}
	return false;
}

static void take_extra(struct span field, struct backend_record *record, struct span *unknown)
{
	struct span key = field, value;

	if (span_take_until(&field, '=', &key))
		value = field.at ? field : (struct span){key.at + key.len, 0};
	else
		value = (struct span){key.at, 0};
	for (size_t i = 0; i < ROWS; i++) {
		if (!span_is(key, rows[i].doc.key))
			continue;
		if (!take_row(&rows[i], record, value))
			backend_record_spoil(record, rows[i].doc.key);
		return;
	}
	if (!unknown->at && !is_dovecots(key))
		*unknown = key;
}

void backend_file_parse_rest(struct span rest, struct backend_record *record, struct span *unknown)
{
	struct span piece;

	*unknown = SPAN_NONE;
	record->account.exists = YES;
	if (span_take_until(&rest, ':', &piece) && piece.len && piece.at[0] != '!' &&
	    piece.at[0] != '*' && !span_is(piece, "x"))
		record->stored[record->stored_count++] = piece;
	for (int skip = 0; skip < 5; skip++) /* uid, gid, gecos, home, shell */
		if (!span_take_until(&rest, ':', &piece))
			return;
	while (span_take_until(&rest, ' ', &piece))
		if (piece.len)
			take_extra(piece, record, unknown);
	if (record->previous.at && !record->account.password_changed)
		record->account.password_changed = record->previous_changed;
}
