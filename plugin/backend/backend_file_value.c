/* SPDX-License-Identifier: MIT */
/* Values of the extra fields of an account file: flags, dates, hours, networks. Pure. */
#include "backend/backend_file_value.h"

#include <arpa/inet.h>
#include <string.h>

#define WEEK_HOURS 168

bool backend_file_value_take_flag(struct span text, bool *flag)
{
	static const char *const yes[] = {"", "y", "yes", "true", "on", "1"};
	static const char *const no[] = {"n", "no", "false", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (span_equal_nocase(text, span_of(yes[i]))) {
			*flag = true;
			return true;
		}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (span_equal_nocase(text, span_of(no[i]))) {
			*flag = false;
			return true;
		}
	return false;
}

/* `count` digits and then `end` (0: nothing). */
static bool take_digits(struct span *in, size_t count, char end, unsigned *number)
{
	uint64_t value;
	size_t len = count + (end != 0);

	if (in->len < len || !span_take_number((struct span){in->at, count}, 9999, &value) ||
	    (end && in->at[count] != end))
		return false;
	*number = (unsigned)value;
	in->at += len;
	in->len -= len;
	return true;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Days since 1970-01-01, counting leap days from years that begin in March. */
static int64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned m = month <= 2 ? month + 9 : month - 3;

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

bool backend_file_value_take_date(struct span text, int64_t *seconds)
{
	unsigned year, month, day, hour = 0, minute = 0, second = 0;
	bool has_time = text.len > 10;

	if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
	    !take_digits(&text, 2, has_time ? 'T' : 0, &day))
		return false;
	if (has_time &&
	    (!take_digits(&text, 2, ':', &hour) || !take_digits(&text, 2, ':', &minute) ||
	     !take_digits(&text, 2, 'Z', &second)))
		return false;
	if (text.len || year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return false;
	*seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return *seconds > 0;
}

static bool take_day(struct span text, unsigned *day)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

	for (*day = 0; *day < 7; (*day)++)
		if (span_equal_nocase(text, span_of(days[*day])))
			return true;
	return false;
}

/* "A-B" or "A": the two sides. */
static bool take_range(struct span text, struct span *first, struct span *last)
{
	if (!span_take_until(&text, '-', first))
		return false;
	*last = text.at ? text : *first;
	return true;
}

static bool take_window(struct span text, unsigned char hours[21])
{
	struct span days, first, last, from_text, to_text;
	unsigned day, last_day;
	uint64_t from, to;

	if (!span_take_until(&text, '/', &days) || !take_range(days, &first, &last) ||
	    !take_day(first, &day) || !take_day(last, &last_day))
		return false;
	if (!text.at || !span_take_until(&text, '-', &from_text) || !text.at)
		return false;
	to_text = text;
	if (from_text.len != 2 || to_text.len != 2 || !span_take_number(from_text, 23, &from) ||
	    !span_take_number(to_text, 24, &to) || from == to)
		return false;
	if (to < from)
		to += 24;
	for (;; day = (day + 1) % 7) {
		for (uint64_t hour = from; hour < to; hour++) {
			uint64_t bit = (day * 24 + hour) % WEEK_HOURS;

			hours[bit / 8] |= (unsigned char)(1u << (bit % 8));
		}
		if (day == last_day)
			return true;
	}
}

bool backend_file_value_take_hours(struct span text, unsigned char hours[21])
{
	struct span window;

	memset(hours, 0, 21);
	if (text.len == 0)
		return false;
	while (span_take_until(&text, ',', &window))
		if (!take_window(window, hours))
			return false;
	return true;
}

bool backend_file_value_take_network(struct span text, struct network *network)
{
	char address[INET6_ADDRSTRLEN];
	struct span piece;
	uint64_t bits;
	bool v4;

	if (!span_take_until(&text, '/', &piece) || piece.len == 0 ||
	    piece.len >= sizeof(address) || span_has(piece, 0))
		return false;
	memcpy(address, piece.at, piece.len);
	address[piece.len] = 0;
	v4 = !span_has(piece, ':');
	bits = v4 ? 32 : 128;
	if (text.at && !span_take_number(text, bits, &bits))
		return false;
	memset(network->address, 0, sizeof(network->address));
	if (v4) {
		memset(network->address + 10, 0xff, 2);
		bits += 96;
	}
	network->bits = (unsigned char)bits;
	return inet_pton(v4 ? AF_INET : AF_INET6, address, network->address + (v4 ? 12 : 0)) == 1;
}
