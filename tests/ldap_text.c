/* SPDX-License-Identifier: MIT */
/* For tests: an entry of a directory from LDIF, and an account as one line of text. */
#include "ldap_text.h"

#include <check.h>
#include <time.h>

#include "backend/ldap_state_value.h"
#include "base/b64.h"

static void take_line(struct ldap_text *text, struct span line)
{
	struct ldap_state_attribute *last = text->attributes + text->entry.count - 1;
	size_t start = text->octets.len;
	struct span name;
	bool coded;

	ck_assert(span_take_until(&line, ':', &name) && line.len > 0);
	coded = line.at[0] == ':';
	line = span_trim((struct span){line.at + coded, line.len - coded});
	if (coded)
		ck_assert(b64_decode(line, &text->octets));
	else
		buf_put_span(&text->octets, line);
	ck_assert(!text->octets.failed && text->value_count < 64 && text->entry.count < 32);
	text->values[text->value_count] =
	    (struct span){text->storage + start, text->octets.len - start};
	if (text->entry.count == 0 || !span_equal(last->name, name))
		*++last = (struct ldap_state_attribute){name, text->values + text->value_count, 0};
	last->count++;
	text->value_count++;
	text->entry.count = (size_t)(last - text->attributes) + 1;
}

void ldap_text_take(struct ldap_text *text, const char *ldif)
{
	struct span in = span_of(ldif), line;

	text->entry = (struct ldap_state_entry){text->attributes, 0};
	text->value_count = 0;
	text->octets = BUF_ON(text->storage);
	while (span_take_until(&in, '\n', &line))
		if (line.len)
			take_line(text, line);
}

static void put_word(struct buf *out, bool put, const char *word)
{
	if (put) {
		buf_put_text(out, out->len ? " " : "");
		buf_put_text(out, word);
	}
}

static void put_time(struct buf *out, int64_t seconds, const char *word)
{
	char text[32] = "past";
	time_t time = (time_t)seconds;
	struct tm tm;

	if (!seconds)
		return;
	if (seconds != LDAP_STATE_VALUE_PAST && gmtime_r(&time, &tm))
		strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	put_word(out, true, word);
	buf_put_text(out, text);
}

static void put_text(struct buf *out, struct span text, const char *word)
{
	put_word(out, text.at, word);
	if (text.at)
		buf_put_span(out, text);
}

const char *ldap_text_account(const struct backend_record *record)
{
	static char storage[2048];
	struct buf out = BUF_ON(storage);
	const struct account *account = &record->account;

	put_word(&out, account->exists != YES, "absent");
	put_word(&out, account->defect, "defect");
	put_word(&out, account->disabled, "disabled");
	put_word(&out, account->locked, "locked");
	put_time(&out, account->locked_until, "until=");
	put_word(&out, account->must_change, "must_change");
	put_word(&out, account->app_required, "app");
	put_word(&out, account->oauth2_required, "oauth2");
	put_word(&out, account->service_disabled, "no_service");
	put_time(&out, account->expires, "expires=");
	put_time(&out, account->password_expires, "password_expires=");
	put_time(&out, account->password_changed, "changed=");
	put_text(&out, account->mechanisms, "mechanisms=");
	put_text(&out, account->services, "services=");
	put_word(&out, account->network_count > 0, "networks=");
	for (size_t i = 0; i < account->network_count; i++) {
		buf_put_text(&out, i ? "," : "");
		buf_put_hex(&out, account->networks[i].address, 16);
		buf_put_char(&out, '/');
		buf_put_number(&out, account->networks[i].bits);
	}
	put_word(&out, account->hours_limited, "hours=");
	if (account->hours_limited)
		buf_put_hex(&out, account->hours, sizeof(account->hours));
	put_word(&out, account->hours_local, "local");
	put_text(&out, account->restriction, "restriction=");
	put_text(&out, account->url, "url=");
	buf_put_char(&out, 0);
	ck_assert(!out.failed);
	return storage;
}

struct backend_record *ldap_text_fill(enum ldap_state_dialect dialect, const char *entry,
				      const char *policy, int64_t now)
{
	static struct backend_record record;
	static struct ldap_text text, policy_text;
	static const bool matched[LDAP_STATE_FACTS];
	struct ldap_state_policy rules = {0};

	if (policy) {
		ldap_text_take(&policy_text, policy);
		ldap_state_policy_take(dialect, &policy_text.entry, &rules);
	}
	ldap_text_take(&text, entry);
	backend_record_init(&record);
	ldap_state_fill(dialect, &text.entry, &rules, ldap_state_own_maps(), matched, now, &record);
	return &record;
}
