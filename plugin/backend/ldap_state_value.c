/* SPDX-License-Identifier: MIT */
/* Values of a directory's attributes: times, numbers, flags, and the entry that has them. Pure. */
#include "backend/ldap_state_value.h"

#define MINUTE	      60
#define HOUR	      3600
#define DAY	      INT64_C(86400)
#define DAYS_MAX      (INT64_C(1) << 40) /* far beyond any date, and DAY times it still fits */
#define YEAR_10000    INT64_C(253402300800)
#define TICKS	      INT64_C(10000000)
#define EPOCH_OF_1601 INT64_C(11644473600)

/* `count` digits; false if there are fewer, or the number is over `max`. */
static bool take_digits(struct span *in, size_t count, unsigned max, unsigned *number)
{
	uint64_t value;

	if (in->len < count || !span_take_number((struct span){in->at, count}, max, &value))
		return false;
	*number = (unsigned)value;
	in->at += count;
	in->len -= count;
	return true;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Days since 1970-01-01 (below 0 before), counting leap days from years that begin in March. */
static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year + 400 - (month <= 2); /* 400 years have 146097 days */
	unsigned m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468 - 146097;
}

static bool take_date(struct span *in, int64_t *seconds)
{
	unsigned year, month, day;

	if (!take_digits(in, 4, 9999, &year) || !take_digits(in, 2, 12, &month) ||
	    !take_digits(in, 2, 31, &day))
		return false;
	if (month < 1 || day < 1 || day > days_of_month(year, month))
		return false;
	*seconds = days_since_1970(year, month, day) * DAY;
	return true;
}

static bool is_digit(struct span in)
{
	return in.len > 0 && in.at[0] >= '0' && in.at[0] <= '9';
}

/* Hour, and minute and second if they are there; `unit` is the length of the last one. */
static bool take_clock(struct span *in, int64_t *seconds, int64_t *unit)
{
	unsigned hour, minute = 0, second = 0;

	if (!take_digits(in, 2, 23, &hour))
		return false;
	*unit = HOUR;
	if (is_digit(*in)) {
		if (!take_digits(in, 2, 59, &minute))
			return false;
		*unit = MINUTE;
	}
	if (*unit == MINUTE && is_digit(*in)) {
		if (!take_digits(in, 2, 60, &second)) /* 60: a leap second */
			return false;
		*unit = 1;
	}
	*seconds += (int64_t)hour * HOUR + minute * MINUTE + second;
	return true;
}

/* ".5" or ",5" of the last unit. */
static bool take_fraction(struct span *in, int64_t unit, int64_t *seconds)
{
	int64_t value = 0, scale = 1;

	if (in->len == 0 || (in->at[0] != '.' && in->at[0] != ','))
		return true;
	*in = (struct span){in->at + 1, in->len - 1};
	if (!is_digit(*in))
		return false;
	for (; is_digit(*in); *in = (struct span){in->at + 1, in->len - 1}) {
		if (scale < INT64_C(1000000)) {
			value = value * 10 + (in->at[0] - '0');
			scale *= 10;
		}
	}
	*seconds += value * unit / scale;
	return true;
}

/* "Z", "+hh" or "-hhmm", and then nothing more. */
static bool take_zone(struct span in, int64_t *seconds)
{
	unsigned hour, minute = 0;
	int64_t sign;

	if (in.len == 0)
		return false;
	sign = in.at[0] == '-' ? 1 : -1;
	if (in.at[0] == 'Z')
		return in.len == 1;
	if (in.at[0] != '+' && in.at[0] != '-')
		return false;
	in = (struct span){in.at + 1, in.len - 1};
	if (!take_digits(&in, 2, 23, &hour) || (in.len && !take_digits(&in, 2, 59, &minute)))
		return false;
	*seconds += sign * ((int64_t)hour * HOUR + minute * MINUTE);
	return in.len == 0;
}

bool ldap_state_value_take_time(struct span text, int64_t *seconds)
{
	int64_t time, unit;

	if (!take_date(&text, &time) || !take_clock(&text, &time, &unit) ||
	    !take_fraction(&text, unit, &time) || !take_zone(text, &time))
		return false;
	*seconds = time;
	return true;
}

bool ldap_state_value_take_integer(struct span text, int64_t *number)
{
	bool below = text.len > 0 && text.at[0] == '-';
	uint64_t value;

	if (below)
		text = (struct span){text.at + 1, text.len - 1};
	if (!span_take_number(text, (uint64_t)INT64_MAX + below, &value))
		return false;
	if (value > INT64_MAX)
		*number = INT64_MIN;
	else
		*number = below ? -(int64_t)value : (int64_t)value;
	return true;
}

bool ldap_state_value_take_flag(struct span text, bool *flag)
{
	static const char *const yes[] = {"TRUE", "yes", "on", "1"};
	static const char *const no[] = {"FALSE", "no", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		bool is_yes = span_equal_nocase(text, span_of(yes[i]));

		if (!is_yes && !span_equal_nocase(text, span_of(no[i])))
			continue;
		*flag = is_yes;
		return true;
	}
	return false;
}

int64_t ldap_state_value_filetime(int64_t ticks)
{
	return ticks / TICKS - (ticks % TICKS < 0) - EPOCH_OF_1601;
}

int64_t ldap_state_value_interval(int64_t ticks)
{
	return ticks >= 0 || ticks == INT64_MIN ? 0 : -(ticks / TICKS);
}

int64_t ldap_state_value_day(int64_t day)
{
	if (day > DAYS_MAX)
		day = DAYS_MAX;
	return (day < -DAYS_MAX ? -DAYS_MAX : day) * DAY;
}

int64_t ldap_state_value_limit(int64_t seconds)
{
	if (seconds >= YEAR_10000)
		return YEAR_10000 - 1;
	return seconds ? seconds : 1;
}

int64_t ldap_state_value_changed(int64_t seconds)
{
	return seconds > 0 ? ldap_state_value_limit(seconds) : 0;
}

int64_t ldap_state_value_earlier(int64_t a, int64_t b)
{
	return !b || (a && a < b) ? a : b;
}

const struct ldap_state_attribute *ldap_state_value_find(const struct ldap_state_entry *entry,
							 struct span name)
{
	for (size_t i = 0; i < entry->count; i++)
		if (entry->attributes[i].count > 0 &&
		    span_equal_nocase(entry->attributes[i].name, name))
			return &entry->attributes[i];
	return NULL;
}

static bool first(const struct ldap_state_entry *entry, const char *name, struct span *value)
{
	const struct ldap_state_attribute *found = ldap_state_value_find(entry, span_of(name));

	if (!found)
		return false;
	*value = found->values[0];
	return true;
}

static bool read_or_spoil(bool read, struct backend_record *record, const char *why)
{
	if (!read && record)
		backend_record_spoil(record, why);
	return read;
}

bool ldap_state_value_time(const struct ldap_state_entry *entry, const char *name,
			   struct backend_record *record, int64_t *seconds)
{
	struct span value;

	return first(entry, name, &value) &&
	       read_or_spoil(ldap_state_value_take_time(value, seconds), record,
			     "a time in the entry cannot be read");
}

bool ldap_state_value_integer(const struct ldap_state_entry *entry, const char *name,
			      struct backend_record *record, int64_t *number)
{
	struct span value;

	return first(entry, name, &value) &&
	       read_or_spoil(ldap_state_value_take_integer(value, number), record,
			     "a number in the entry cannot be read");
}

bool ldap_state_value_flag(const struct ldap_state_entry *entry, const char *name,
			   struct backend_record *record, bool *flag)
{
	struct span value;

	return first(entry, name, &value) &&
	       read_or_spoil(ldap_state_value_take_flag(value, flag), record,
			     "what should be TRUE or FALSE in the entry is neither");
}
