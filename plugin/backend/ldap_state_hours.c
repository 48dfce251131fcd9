/* SPDX-License-Identifier: MIT */
/* Allowed hours of a week in words. Pure. */
#include "backend/ldap_state_hours.h"

#define TEXT_MAX 160 /* what a reply of 450 octets has room for */

/* The hours of a day, low bit first. */
static unsigned day_of(const unsigned char hours[21], unsigned day)
{
	return hours[day * 3] | (unsigned)hours[day * 3 + 1] << 8 |
	       (unsigned)hours[day * 3 + 2] << 16;
}

static void put_days(struct buf *out, unsigned first, unsigned last)
{
	static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

	buf_put_text(out, out->len ? "; " : "");
	buf_put_text(out, names[first]);
	if (last == first)
		return;
	buf_put_char(out, '-');
	buf_put_text(out, names[last]);
}

static void put_windows(struct buf *out, unsigned day)
{
	for (unsigned from = 0, to; from < 24; from = to) {
		to = from + 1;
		if (!(day >> from & 1))
			continue;
		while (to < 24 && (day >> to & 1))
			to++;
		buf_put_char(out, ' ');
		buf_put_padded(out, from, 2);
		buf_put_char(out, '-');
		buf_put_padded(out, to, 2);
	}
}

void ldap_state_hours_put(const unsigned char hours[21], struct buf *out)
{
	/* A week begins on Monday, as people have it: Sunday is the last. */
	for (unsigned i = 1, last; i <= 7; i = last + 1) {
		unsigned day = day_of(hours, i % 7);

		last = i;
		while (last < 7 && day_of(hours, (last + 1) % 7) == day)
			last++;
		if (!day)
			continue;
		put_days(out, i % 7, last % 7);
		put_windows(out, day);
	}
	buf_put_text(out, out->len ? " UTC" : "none");
}

void ldap_state_hours_keep(struct backend_record *record)
{
	char storage[TEXT_MAX];
	struct buf out = BUF_ON(storage);

	ldap_state_hours_put(record->account.hours, &out);
	if (!out.failed)
		record->account.restriction = backend_record_keep(record, buf_span(&out));
}
