/* SPDX-License-Identifier: MIT */
/* Points in time: shown in local time with its zone, read as a date or a number of days. */
#include "cli/when.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY	 86400
#define DAYS_MAX 36500

struct when when_of(int64_t seconds)
{
	struct when when = {"never"};
	time_t time = (time_t)seconds;
	struct tm broken;

	if (seconds && (!localtime_r(&time, &broken) ||
			!strftime(when.text, sizeof(when.text), "%Y-%m-%d %H:%M:%S %Z", &broken)))
		snprintf(when.text, sizeof(when.text), "%lld s since 1970", (long long)seconds);
	return when;
}

struct when when_distance(int64_t seconds, int64_t now)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	int64_t far = seconds > now ? seconds - now : now - seconds;
	struct when when = {"now"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		/* From two of a unit on; below, the smaller one says more. */
		if (far < (units[i].seconds == 1 ? 1 : 2 * units[i].seconds))
			continue;
		snprintf(when.text, sizeof(when.text), "%s%lld %s%s%s", seconds > now ? "in " : "",
			 (long long)(far / units[i].seconds), units[i].name,
			 far / units[i].seconds == 1 ? "" : "s", seconds > now ? "" : " ago");
		break;
	}
	return when;
}

static bool take_days(struct span text, int64_t now, int64_t *seconds)
{
	uint64_t days;

	if (text.len && text.at[text.len - 1] == 'd')
		text.len--;
	if (!span_take_number(text, DAYS_MAX, &days) || days == 0)
		return false;
	*seconds = now + (int64_t)days * DAY;
	return true;
}

static bool take_date(const char *text, int64_t *seconds)
{
	struct tm broken = {.tm_hour = 23, .tm_min = 59, .tm_sec = 59, .tm_isdst = -1};
	struct tm asked;
	const char *end = strlen(text) == 10 ? strptime(text, "%Y-%m-%d", &broken) : NULL;

	if (!end || *end)
		return false;
	asked = broken;
	*seconds = (int64_t)mktime(&broken);
	/* mktime() makes 1 March of 30 February. */
	return asked.tm_mday == broken.tm_mday && asked.tm_mon == broken.tm_mon;
}

bool when_take(const char *text, int64_t now, int64_t *seconds)
{
	return (take_days(span_of(text), now, seconds) || take_date(text, seconds)) &&
	       *seconds > now;
}
