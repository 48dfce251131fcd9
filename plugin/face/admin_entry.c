/* SPDX-License-Identifier: MIT */
/* The app passwords that stand in the account's entry of a directory: which one is meant, what may
 * be added. */
#include "face/admin_entry.h"

static bool in_force(const struct apppass *app, int64_t now)
{
	return app->revoked == 0 && (app->expires == 0 || now < app->expires);
}

static bool take(const struct backend_app *kept, struct apppass *app)
{
	return kept->value.at && apppass_take_value(kept->value, app);
}

static enum apppass_end find_id(const struct backend_record *record, struct span id,
				struct apppass *app, struct span *value)
{
	for (size_t i = 0; i < record->app_count; i++) {
		if (!take(&record->apps[i], app) || !span_is(id, app->id))
			continue;
		*value = record->apps[i].value;
		return APPPASS_END_DONE;
	}
	return APPPASS_END_ABSENT;
}

static enum apppass_end find_label(const struct backend_record *record, struct span label,
				   bool wants_in_force, int64_t now, struct apppass *app,
				   struct span *value)
{
	enum apppass_end end = APPPASS_END_ABSENT;
	struct apppass other;

	for (size_t i = 0; i < record->app_count; i++) {
		if (!take(&record->apps[i], &other) || !span_is(label, other.label) ||
		    in_force(&other, now) != wants_in_force)
			continue;
		if (end == APPPASS_END_DONE)
			return APPPASS_END_AMBIGUOUS;
		end = APPPASS_END_DONE;
		*app = other;
		*value = record->apps[i].value;
	}
	return end;
}

bool admin_entry_keeps(const struct backend_record *record, struct span label)
{
	for (size_t i = 0; i < record->app_count; i++)
		if (!record->apps[i].value.at &&
		    (!label.at || span_equal(record->apps[i].label, label)))
			return true;
	return false;
}

enum apppass_end admin_entry_find(const struct backend_record *record, struct span which,
				  int64_t now, struct apppass *app, struct span *value)
{
	enum apppass_end end = find_id(record, which, app, value);

	if (end == APPPASS_END_ABSENT)
		end = find_label(record, which, true, now, app, value);
	if (end == APPPASS_END_ABSENT)
		end = find_label(record, which, false, now, app, value);
	return end;
}

enum apppass_end admin_entry_admits(const struct backend_record *record, struct span label,
				    const char *besides, int64_t now)
{
	struct apppass other;

	for (size_t i = 0; i < record->app_count; i++)
		if (take(&record->apps[i], &other) && in_force(&other, now) &&
		    span_is(label, other.label) && !span_is(span_of(besides), other.id))
			return APPPASS_END_TAKEN;
	return APPPASS_END_DONE;
}

/* When it was revoked, or expired. */
static int64_t ended(const struct apppass *app)
{
	return app->revoked ? app->revoked : app->expires;
}

static struct span first_ended(const struct backend_record *record, int64_t now)
{
	struct span first = SPAN_NONE;
	struct apppass app;
	int64_t since = 0;

	for (size_t i = 0; i < record->app_count; i++) {
		if (!take(&record->apps[i], &app) || in_force(&app, now) ||
		    (first.at && ended(&app) >= since))
			continue;
		first = record->apps[i].value;
		since = ended(&app);
	}
	return first;
}

enum apppass_end admin_entry_make_room(const struct backend_record *record, size_t len, int64_t now,
				       struct span *old)
{
	size_t octets = len;

	for (size_t i = 0; i < record->app_count; i++)
		octets += record->apps[i].value.len;
	*old = SPAN_NONE;
	if (record->app_count < BACKEND_APPS_MAX && octets <= BACKEND_APPS_OCTETS)
		return APPPASS_END_DONE;
	*old = first_ended(record, now);
	return old->at && octets - old->len <= BACKEND_APPS_OCTETS ? APPPASS_END_DONE
								   : APPPASS_END_FULL;
}
