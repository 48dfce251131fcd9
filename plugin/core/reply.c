/* SPDX-License-Identifier: MIT */
/* The reply: what the client reads, written from the told reason and nothing else. */
#include "core/reply.h"

struct reply_codes reply_codes(enum reason told, const struct reply_style *style)
{
	const struct reason_row *row = reason_row(told);

	if (style->codes_rfc)
		return (struct reply_codes){row->status, row->enhanced};
	if (told == REASON_TEMPORARY)
		return (struct reply_codes){454, "4.7.0"};
	return (struct reply_codes){535, "5.7.8"};
}

/* Proleptic Gregorian date of a day number (days since 1970-01-01), ISO 8601. */
static void put_date(struct buf *out, int64_t seconds)
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	int64_t shifted = days + 719468; /* days since 0000-03-01 */
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
	int64_t day = day_of_year - (153 * month + 2) / 5 + 1;
	int64_t year = year_of_era + era * 400 + (month >= 10);

	if (year < 0 || year > 9999) {
		buf_put_text(out, "an unknown date");
		return;
	}
	buf_put_padded(out, (uint64_t)year, 4);
	buf_put_char(out, '-');
	buf_put_padded(out, (uint64_t)(month < 10 ? month + 3 : month - 9), 2);
	buf_put_char(out, '-');
	buf_put_padded(out, (uint64_t)day, 2);
}

static void put_or(struct buf *out, struct span value, const char *otherwise)
{
	if (value.len)
		buf_put_foreign(out, value);
	else
		buf_put_text(out, otherwise);
}

static void put_minutes(struct buf *out, unsigned minutes)
{
	if (minutes)
		buf_put_number(out, minutes);
	else
		buf_put_text(out, "unknown");
}

/* What a placeholder stands for. False leaves out the sentence that it stands in. */
static bool put_value(struct buf *out, struct span name, const struct facts *facts,
		      const struct reply_style *style)
{
	struct span url = facts->url.len ? facts->url : style->url;

	if (span_is(name, reason_placeholder(REASON_URL))) {
		buf_put_foreign(out, url);
		return url.len != 0;
	}
	if (span_is(name, reason_placeholder(REASON_CONTACT))) {
		buf_put_foreign(out, style->contact);
		return style->contact.len != 0;
	}
	if (span_is(name, reason_placeholder(REASON_MINUTES)))
		put_minutes(out, facts->minutes);
	else if (span_is(name, reason_placeholder(REASON_DATE)) && facts->date)
		put_date(out, facts->date);
	else if (span_is(name, reason_placeholder(REASON_DATE)))
		buf_put_text(out, "an unknown date");
	else if (span_is(name, reason_placeholder(REASON_MECHANISM)))
		put_or(out, facts->mechanism, "used");
	else if (span_is(name, reason_placeholder(REASON_MECHANISMS)))
		put_or(out, style->mechanisms, "another one");
	else if (span_is(name, reason_placeholder(REASON_LABEL)))
		put_or(out, facts->label, "unnamed");
	else if (span_is(name, reason_placeholder(REASON_DETAIL)))
		put_or(out, facts->detail, "ask your mail administrator");
	return true;
}

/* Takes a sentence, ". " and all, off the front of a text. */
static struct span take_sentence(struct span *text)
{
	struct span sentence = *text;

	for (size_t i = 0; i + 1 < text->len; i++) {
		if (text->at[i] == '.' && text->at[i + 1] == ' ') {
			sentence.len = i + 2;
			break;
		}
	}
	text->at += sentence.len;
	text->len -= sentence.len;
	return sentence;
}

static void put_sentence(struct buf *out, struct span sentence, const struct facts *facts,
			 const struct reply_style *style)
{
	size_t start = out->len;
	struct span piece;

	while (span_take_until(&sentence, '{', &piece)) {
		buf_put_printable(out, piece);
		if (!span_take_until(&sentence, '}', &piece))
			break;
		if (!put_value(out, piece, facts, style)) {
			out->len = start;
			return;
		}
	}
}

/* The text up to `room` octets: what is longer is cut at the end. */
static void put_text(struct buf *out, struct span text, const struct facts *facts,
		     const struct reply_style *style, size_t room)
{
	char storage[4096];
	struct buf whole = BUF_ON(storage);
	struct span written;

	while (text.len)
		put_sentence(&whole, take_sentence(&text), facts, style);
	written = span_trim(buf_span(&whole));
	if (written.len > room) {
		buf_put_span(out, (struct span){written.at, room - 3});
		buf_put_text(out, "...");
	} else {
		buf_put_span(out, written);
	}
}

void reply_put(struct buf *out, const struct verdict *verdict, const struct reply_style *style,
	       struct span id)
{
	const struct reason_row *row = reason_row(verdict->told);
	const char *text = style->texts[row->reason];
	size_t start = out->len;
	char storage[80];
	struct buf tail = BUF_ON(storage);

	buf_put_text(&tail, " [");
	buf_put_text(&tail, row->token);
	buf_put_text(&tail, "] (id ");
	buf_put_foreign(&tail, (struct span){id.at, id.len < REPLY_ID_LEN ? id.len : REPLY_ID_LEN});
	buf_put_char(&tail, ')');
	if (!text)
		text = reason_text(row->reason, style->app_passwords);
	put_text(out, span_of(text), &verdict->facts, style, REPLY_TEXT_MAX - tail.len);
	if (out->len == start)
		buf_drop(&tail, 1);
	buf_put_span(out, buf_span(&tail));
}
