/* SPDX-License-Identifier: MIT */
/* Tests of core/reply: one line of printable ASCII that fits, whatever texts and data contain. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/reply.h"

/* What Postfix (smtpd_sasl_glue.c) puts before our text; the longest that any MTA does. */
#define POSTFIX "535 5.7.8 Error: authentication failed: "

static struct span put(char storage[1024], const struct verdict *verdict,
		       const struct reply_style *style)
{
	struct buf out = {storage, 0, 1024, false};

	reply_put(&out, verdict, style, span_of("ZZZZ9999"));
	ck_assert(!out.failed);
	return buf_span(&out);
}

static uint32_t seed = 20260101;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static const char *const pieces[] = {"{url}",
				     "{contact}",
				     "{minutes}",
				     "{date}",
				     "{mechanism}",
				     "{mechanisms}",
				     "{label}",
				     "{detail}",
				     "{",
				     "}",
				     "{nope}",
				     ". ",
				     ".",
				     " ",
				     "\r\n",
				     "\n250 ok",
				     ",",
				     "\t",
				     "\001",
				     "\177",
				     "\303\244",
				     "\377",
				     "[bad-credentials]",
				     "(id AAAAAAAA)",
				     "%s%n",
				     "\\",
				     "a fairly long piece of text that fills the line quickly, "};

/* Some text of at most `max` octets, with a NUL in it where `any`. */
static size_t scribble(char *text, size_t max, bool any)
{
	size_t len = 0, stop = draw((uint32_t)max);

	while (len < stop) {
		const char *piece = pieces[draw(sizeof(pieces) / sizeof(*pieces))];
		size_t size = strlen(piece);

		if (any && draw(4) == 0) {
			text[len++] = (char)draw(256);
		} else {
			if (size > stop - len)
				size = stop - len;
			memcpy(text + len, piece, size);
			len += size;
		}
	}
	return len;
}

static struct span scribbled(char storage[5000])
{
	return draw(5) == 0 ? SPAN_NONE
			    : (struct span){storage, scribble(storage, draw(3) ? 200 : 5000, true)};
}

static void check_line(struct span got, enum reason told)
{
	char want[64];
	struct buf tail = BUF_ON(want);

	buf_put_text(&tail, "[");
	buf_put_text(&tail, reason_row(told)->token);
	buf_put_text(&tail, "] (id ZZZZ9999)");
	ck_assert_msg(span_printable(got), "%.*s", (int)got.len, got.at);
	ck_assert_msg(got.len <= 450, "%zu octets", got.len);
	ck_assert(strlen(POSTFIX) + got.len + 2 <= 512);
	ck_assert_msg(got.len >= tail.len &&
			  memcmp(got.at + got.len - tail.len, want, tail.len) == 0,
		      "%.*s", (int)got.len, got.at);
}

START_TEST(test_hostile)
{
	static char text[2000], data[6][5000];

	for (unsigned round = 0; round < 2000; round++) {
		struct reply_style style = {.app_passwords = draw(2)};
		struct verdict verdict = {.told = (enum reason)draw(REASON_COUNT)};
		char storage[1024];

		text[scribble(text, sizeof(text), false)] = '\0';
		if (draw(4))
			style.texts[verdict.told] = text;
		style.url = scribbled(data[0]);
		style.contact = scribbled(data[1]);
		style.mechanisms = scribbled(data[2]);
		verdict.facts = (struct facts){.date = (int64_t)((uint64_t)draw(1u << 24) << 40),
					       .minutes = draw(1u << 24),
					       .mechanism = scribbled(data[3]),
					       .label = scribbled(data[4]),
					       .detail = scribbled(data[5])};
		check_line(put(storage, &verdict, &style), verdict.told);
	}
}
END_TEST

START_TEST(test_long_data_is_cut)
{
	struct reply_style style = {.app_passwords = false};
	struct verdict verdict = {.told = (enum reason)_i};
	char label[5000], storage[1024];
	struct span got;

	memset(label, 'x', sizeof(label));
	style.texts[_i] = "{label}";
	for (size_t len = 395; len < sizeof(label); len += len < 460 ? 1 : 227) {
		verdict.facts.label = (struct span){label, len};
		got = put(storage, &verdict, &style);
		check_line(got, verdict.told);
		ck_assert((memmem(got.at, got.len, "xxx... [", 8) != NULL) ==
			  (len + strlen(reason_row(verdict.told)->token) + 17 > 450));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply_hostile");
	TCase *tests = tcase_create("hostile");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_hostile);
	tcase_add_loop_test(tests, test_long_data_is_cut, 0, REASON_COUNT);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
