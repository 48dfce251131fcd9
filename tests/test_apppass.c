/* SPDX-License-Identifier: MIT */
/* App passwords: what may be one, what is stored of it, whether it may be used, a directory's
 * value. */
#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/netaddr.h"
#include "store/apppass.h"
#include "slow.h"

#define LETTERS "abcdefghijklmnop"

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
}

/* ---- the secret ---- */

static const struct {
	const char *name, *typed;
	bool want;
} typed[] = {
    {"as stored", LETTERS, true},
    {"as shown", "abcd efgh ijkl mnop", true},
    {"dashes", "abcd-efgh-ijkl-mnop", true},
    {"tabs", "abcd\tefgh\tijkl\tmnop", true},
    {"capitals", "ABCDEFGHIJKLMNOP", true},
    {"of any case", "aBcD eFgH iJkL mNoP", true},
    {"pasted with blanks around", "  abcd efgh ijkl mnop\t ", true},
    {"one by one", "a b c d e f g h i j k l m n o p", true},
    {"many blanks", "abcd                                        efghijklmnop", true},
    {"empty", "", false},
    {"only blanks", "    - - -    \t\t", false},
    {"a letter less", "abcd efgh ijkl mno", false},
    {"a letter more", "abcd efgh ijkl mnopq", false},
    {"twice", LETTERS LETTERS, false},
    {"a digit", "abcd efgh ijkl mn0p", false},
    {"a line end", "abcd efgh ijkl mnop\n", false},
    {"an underscore", "abcd_efgh_ijkl_mnop", false},
    {"not ASCII", "abcd efgh ijkl mn\xc3\xb6p", false},
    {"before A", "abcd efgh ijkl mno@", false},
    {"after Z", "abcd efgh ijkl mno[", false},
    {"before a", "abcd efgh ijkl mno`", false},
    {"after z", "abcd efgh ijkl mno{", false},
};

START_TEST(take_secret)
{
	static const char none[APPPASS_LETTERS];
	char letters[APPPASS_LETTERS * 4];

	memset(letters, 'x', sizeof(letters));
	ck_assert_msg(apppass_take_secret(span_of(typed[_i].typed), letters) == typed[_i].want,
		      "%s", typed[_i].name);
	ck_assert_mem_eq(letters, typed[_i].want ? LETTERS : none, APPPASS_LETTERS);
	for (size_t i = APPPASS_LETTERS; i < sizeof(letters); i++)
		ck_assert_int_eq(letters[i], 'x');
}
END_TEST

START_TEST(take_secret_with_a_nul)
{
	char letters[APPPASS_LETTERS];

	ck_assert(!apppass_take_secret((struct span){"abcdefghijklmnop", 17}, letters));
	ck_assert(!apppass_take_secret((struct span){"abcdefghijklmno", 16}, letters));
	ck_assert(!apppass_take_secret(SPAN_NONE, letters));
}
END_TEST

START_TEST(secret_round_trip)
{
	char made[APPPASS_LETTERS], taken[APPPASS_LETTERS], storage[64];

	for (int i = 0; i < 1000; i++) {
		struct buf shown = BUF_ON(storage);

		apppass_make_secret(made);
		apppass_put_secret(&shown, made);
		ck_assert_uint_eq(shown.len, 19);
		ck_assert(storage[4] == ' ' && storage[9] == ' ' && storage[14] == ' ');
		ck_assert(apppass_take_secret(buf_span(&shown), taken));
		ck_assert_mem_eq(made, taken, sizeof(made));
	}
}
END_TEST

/* Pearson's chi square of 26 letters at each of the 16 places, 52,000 secrets: 25 degrees of
 * freedom, mean 25. More than 90 has a probability below 1e-8; a modulus of 256 would give about
 * 750. */
START_TEST(letters_are_even)
{
	static unsigned count[APPPASS_LETTERS][26];
	char made[APPPASS_LETTERS];
	unsigned secrets = slow_turns(52000);
	double expected = secrets / 26.0;

	for (unsigned i = 0; i < secrets; i++) {
		apppass_make_secret(made);
		for (size_t k = 0; k < APPPASS_LETTERS; k++) {
			ck_assert(made[k] >= 'a' && made[k] <= 'z');
			count[k][made[k] - 'a']++;
		}
	}
	for (size_t k = 0; k < APPPASS_LETTERS; k++) {
		double chi = 0;

		for (int letter = 0; letter < 26; letter++) {
			double off = count[k][letter] - expected;

			chi += off * off / expected;
		}
		ck_assert_msg(chi < 90, "place %zu: %.1f", k, chi);
	}
}
END_TEST

/* Pairs of neighbours: 675 degrees of freedom, standard deviation 36.7. */
START_TEST(letters_are_independent)
{
	static unsigned count[26][26];
	char made[APPPASS_LETTERS];
	unsigned secrets = slow_turns(100000);
	double chi = 0, expected = secrets * 8 / 676.0;

	for (unsigned i = 0; i < secrets; i++) {
		apppass_make_secret(made);
		for (size_t k = 0; k < APPPASS_LETTERS; k += 2)
			count[made[k] - 'a'][made[k + 1] - 'a']++;
	}
	for (int i = 0; i < 676; i++) {
		double off = count[i / 26][i % 26] - expected;

		chi += off * off / expected;
	}
	ck_assert_msg(chi < 675 + 7 * 37, "%.1f", chi);
}
END_TEST

START_TEST(ids)
{
	char id[APPPASS_ID_LEN + 1], first[APPPASS_ID_LEN + 1];

	apppass_make_id(first);
	for (int i = 0; i < 1000; i++) {
		apppass_make_id(id);
		ck_assert_uint_eq(strlen(id), APPPASS_ID_LEN);
		ck_assert(apppass_id_valid(span_of(id)));
		ck_assert_str_ne(id, first);
	}
	ck_assert(!apppass_id_valid(span_of("abcdefg")));
	ck_assert(!apppass_id_valid(span_of("abcdefghj")));
	ck_assert(!apppass_id_valid(span_of("abcdefgH")));
	ck_assert(!apppass_id_valid(span_of("abcdef-g")));
	ck_assert(!apppass_id_valid((struct span){"abcdefg", 8}));
}
END_TEST

/* ---- the hash ---- */

static void hash(const char *key, struct span owner, const char *letters,
		 unsigned char out[APPPASS_HASH_LEN])
{
	unsigned char octets[APPPASS_KEY_LEN];

	memset(octets, key[0], sizeof(octets));
	apppass_hash(octets, owner, letters, out);
}

/* "a:1" NUL letters under a key of 32 times 'k', made with openssl dgst -sha256 -mac hmac. */
START_TEST(hash_known)
{
	static const char want[] =
	    "19d56d8c5a9eb3dfa404afc716bbc1d8a3f5616da7110575f7bf881264f7bba5";
	unsigned char out[APPPASS_HASH_LEN];
	char text[2 * APPPASS_HASH_LEN + 1];

	hash("k", span_of("a:1"), LETTERS, out);
	sodium_bin2hex(text, sizeof(text), out, sizeof(out));
	ck_assert_str_eq(text, want);
}
END_TEST

START_TEST(hash_depends_on_all)
{
	unsigned char a[APPPASS_HASH_LEN], b[APPPASS_HASH_LEN];

	hash("k", span_of("a:1"), LETTERS, a);
	hash("k", span_of("a:1"), LETTERS, b);
	ck_assert_mem_eq(a, b, sizeof(a));
	hash("l", span_of("a:1"), LETTERS, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	hash("k", span_of("a:2"), LETTERS, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	hash("k", span_of("a:1"), "abcdefghijklmnoq", b);
	ck_assert_mem_ne(a, b, sizeof(a));
	hash("k", (struct span){"a:1\0", 4}, LETTERS, b);
	ck_assert_mem_ne(a, b, sizeof(a));
	hash("k", SPAN_NONE, LETTERS, b);
	ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

/* ---- what may stand in one ---- */

#define EIGHT	   "12345678"
#define SIXTY_FOUR EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

static const struct {
	const char *name, *label;
	bool want;
} labels[] = {
    {"a word", "phone", true},
    {"one letter", "p", true},
    {"blanks inside", "Anna's old phone", true},
    {"UTF-8", "T\xc3\xa9l\xc3\xa9phone \xf0\x9f\x93\xb1", true},
    {"all signs", "a$b,c;d\"e\\f=g", true},
    {"64 octets", SIXTY_FOUR, true},
    {"65 octets", SIXTY_FOUR "9", false},
    {"empty", "", false},
    {"blank", " ", false},
    {"blank at the end", "phone ", false},
    {"tab at the beginning", "\tphone", false},
    {"tab inside", "my\tphone", false},
    {"line feed", "my\nphone", false},
    {"carriage return", "my\rphone", false},
    {"escape", "my\033[31mphone", false},
    {"delete", "my\177phone", false},
    {"C1 control", "my\xc2\x9bphone", false},
    {"no-break space is none", "my\xc2\xa0phone", true},
    {"line separator", "my\xe2\x80\xa8phone", false},
    {"not UTF-8", "my\xffphone", false},
    {"cut UTF-8", "phon\xc3", false},
    {"overlong", "my\xc0\xafphone", false},
    {"surrogate", "my\xed\xa0\x80phone", false},
};

START_TEST(label)
{
	struct apppass app = {.created = 1};
	const char *fault;

	ck_assert_msg(apppass_label_valid(span_of(labels[_i].label)) == labels[_i].want, "%s",
		      labels[_i].name);
	if (strlen(labels[_i].label) > APPPASS_LABEL_MAX)
		return;
	snprintf(app.label, sizeof(app.label), "%s", labels[_i].label);
	ck_assert_int_eq(apppass_valid(&app, &fault), labels[_i].want);
	ck_assert_int_eq(fault == NULL, labels[_i].want);
}
END_TEST

static const struct {
	const char *name, *services, *networks;
	int64_t created, expires, revoked;
	bool want;
} valids[] = {
    {"all", "", "", 1, 0, 0, true},
    {"a service", "smtp", "", 1, 0, 0, true},
    {"services", "smtp,imap,managesieve-2", "", 1, 0, 0, true},
    {"capitals", "SMTP", "", 1, 0, 0, false},
    {"a blank", "smtp, imap", "", 1, 0, 0, false},
    {"empty item", "smtp,,imap", "", 1, 0, 0, false},
    {"comma at the end", "smtp,", "", 1, 0, 0, false},
    {"comma alone", ",", "", 1, 0, 0, false},
    {"dollar", "sm$tp", "", 1, 0, 0, false},
    {"networks", "", "192.0.2.0/24,2001:db8::/32,10.0.0.1", 1, 0, 0, true},
    {"no network", "", "here", 1, 0, 0, false},
    {"too many bits", "", "192.0.2.0/33", 1, 0, 0, false},
    {"empty network", "", "192.0.2.0/24,", 1, 0, 0, false},
    {"ends", "", "", 1, 2, 0, true},
    {"ends as it begins", "", "", 2, 2, 0, false},
    {"ends before", "", "", 3, 2, 0, false},
    {"revoked", "", "", 1, 2, 3, true},
    {"created before 1970", "", "", -1, 0, 0, false},
    {"ends before 1970", "", "", 0, -1, 0, false},
    {"revoked before 1970", "", "", 1, 0, -1, false},
};

START_TEST(valid)
{
	struct apppass app = {.label = "phone"};
	const char *fault = "x";

	snprintf(app.services, sizeof(app.services), "%s", valids[_i].services);
	snprintf(app.networks, sizeof(app.networks), "%s", valids[_i].networks);
	app.created = valids[_i].created;
	app.expires = valids[_i].expires;
	app.revoked = valids[_i].revoked;
	ck_assert_msg(apppass_valid(&app, &fault) == valids[_i].want, "%s", valids[_i].name);
	ck_assert_int_eq(fault == NULL, valids[_i].want);
}
END_TEST

/* A text without an end is not read beyond. */
START_TEST(valid_without_an_end)
{
	const char *fault;

	for (int i = 0; i < 3; i++) {
		struct apppass *app = calloc(1, sizeof(*app));
		char *texts[] = {app->label, app->services, app->networks};
		size_t sizes[] = {sizeof(app->label), sizeof(app->services), sizeof(app->networks)};

		app->label[0] = 'a';
		memset(texts[i], 'a', sizes[i]);
		ck_assert(!apppass_valid(app, &fault));
		free(app);
	}
}
END_TEST

/* ---- whether it may be used ---- */

static const struct {
	const char *name;
	int64_t expires, revoked;
	const char *services, *networks, *service, *address;
	enum apppass_state want;
	int64_t want_since;
} judgements[] = {
    {"anywhere", 0, 0, "", "", "smtp", "192.0.2.1", APPPASS_GOOD, 0},
    {"nothing known", 0, 0, "", "", "", NULL, APPPASS_GOOD, 0},
    {"before its end", 1001, 0, "", "", "smtp", NULL, APPPASS_GOOD, 0},
    {"at its end", 1000, 0, "", "", "smtp", NULL, APPPASS_EXPIRED, 1000},
    {"after its end", 900, 0, "", "", "smtp", NULL, APPPASS_EXPIRED, 900},
    {"revoked", 0, 950, "", "", "smtp", NULL, APPPASS_REVOKED, 950},
    {"revoked by a clock ahead of ours", 0, 1100, "", "", "smtp", NULL, APPPASS_REVOKED, 1100},
    {"revoked before expired", 800, 950, "", "", "smtp", NULL, APPPASS_REVOKED, 950},
    {"revoked before outside", 0, 950, "imap", "10.0.0.0/8", "smtp", NULL, APPPASS_REVOKED, 950},
    {"expired before outside", 800, 0, "imap", "", "smtp", NULL, APPPASS_EXPIRED, 800},
    {"its service", 0, 0, "imap,smtp", "", "smtp", NULL, APPPASS_GOOD, 0},
    {"its service in capitals", 0, 0, "imap,smtp", "", "SMTP", NULL, APPPASS_GOOD, 0},
    {"another service", 0, 0, "imap,pop", "", "smtp", NULL, APPPASS_OUTSIDE, 0},
    {"part of a service", 0, 0, "imap,smtp-in", "", "smtp", NULL, APPPASS_OUTSIDE, 0},
    {"two services at once", 0, 0, "imap,smtp", "", "imap,smtp", NULL, APPPASS_OUTSIDE, 0},
    {"service not known", 0, 0, "smtp", "", "", NULL, APPPASS_OUTSIDE, 0},
    {"its network", 0, 0, "", "10.0.0.0/8,192.0.2.0/24", "smtp", "192.0.2.77", APPPASS_GOOD, 0},
    {"beyond its network", 0, 0, "", "192.0.2.0/24", "smtp", "192.0.3.1", APPPASS_OUTSIDE, 0},
    {"its address", 0, 0, "", "192.0.2.1", "smtp", "192.0.2.1", APPPASS_GOOD, 0},
    {"beside its address", 0, 0, "", "192.0.2.1", "smtp", "192.0.2.2", APPPASS_OUTSIDE, 0},
    {"IPv6", 0, 0, "", "2001:db8::/32", "smtp", "2001:db8:1::1", APPPASS_GOOD, 0},
    {"IPv4 as IPv6", 0, 0, "", "192.0.2.0/24", "smtp", "::ffff:192.0.2.1", APPPASS_GOOD, 0},
    {"IPv6 everywhere is not IPv4", 0, 0, "", "2000::/3", "smtp", "192.0.2.1", APPPASS_OUTSIDE, 0},
    {"address not known", 0, 0, "", "0.0.0.0/0,::/0", "smtp", NULL, APPPASS_OUTSIDE, 0},
    {"its service, another network", 0, 0, "smtp", "10.0.0.0/8", "smtp", "192.0.2.1",
     APPPASS_OUTSIDE, 0},
    {"its network, another service", 0, 0, "imap", "10.0.0.0/8", "smtp", "10.2.3.4",
     APPPASS_OUTSIDE, 0},
    {"both", 0, 0, "smtp", "10.0.0.0/8", "smtp", "10.2.3.4", APPPASS_GOOD, 0},
    {"a network that is none", 0, 0, "", "everywhere", "smtp", "10.2.3.4", APPPASS_OUTSIDE, 0},
};

START_TEST(judge)
{
	struct apppass app = {.created = 1};
	unsigned char address[16], bits;
	int64_t since = -1;
	enum apppass_state state;

	app.expires = judgements[_i].expires;
	app.revoked = judgements[_i].revoked;
	snprintf(app.services, sizeof(app.services), "%s", judgements[_i].services);
	snprintf(app.networks, sizeof(app.networks), "%s", judgements[_i].networks);
	if (judgements[_i].address)
		ck_assert(netaddr_take(span_of(judgements[_i].address), address, &bits));
	state = apppass_judge(&app, span_of(judgements[_i].service),
			      judgements[_i].address ? address : NULL, 1000, &since);
	ck_assert_msg(state == judgements[_i].want, "%s: %d", judgements[_i].name, state);
	ck_assert_int_eq(since, judgements[_i].want_since);
}
END_TEST

/* ---- the value of a directory's attribute ---- */

#define HASH	  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define VALUE(id) id "$1$0$0$smtp$10.0.0.0/8$" HASH "$phone"

static const struct {
	const char *name, *value;
	bool want;
} values[] = {
    {"all fields", VALUE("abcd2345"), true},
    {"no scope", "abcd2345$1$0$0$$$" HASH "$phone", true},
    {"dollars in the label", "abcd2345$1$0$0$$$" HASH "$a$b$$", true},
    {"times", "abcd2345$1$9223372036854775807$3$$$" HASH "$phone", true},
    {"not created", "abcd2345$0$0$0$$$" HASH "$phone", true},
    {"empty", "", false},
    {"an id alone", "abcd2345", false},
    {"no label", "abcd2345$1$0$0$$$" HASH, false},
    {"empty label", "abcd2345$1$0$0$$$" HASH "$", false},
    {"blank label", "abcd2345$1$0$0$$$" HASH "$ ", false},
    {"control in the label", "abcd2345$1$0$0$$$" HASH "$pho\nne", false},
    {"long label", "abcd2345$1$0$0$$$" HASH "$" SIXTY_FOUR "9", false},
    {"short id", VALUE("abcd234"), false},
    {"long id", VALUE("abcd23456"), false},
    {"capital in the id", VALUE("Abcd2345"), false},
    {"empty id", VALUE(""), false},
    {"empty time", "abcd2345$$0$0$$$" HASH "$phone", false},
    {"negative time", "abcd2345$1$0$-1$$$" HASH "$phone", false},
    {"time with a blank", "abcd2345$1$ 0$0$$$" HASH "$phone", false},
    {"time too large", "abcd2345$1$9223372036854775808$0$$$" HASH "$phone", false},
    {"ends before it begins", "abcd2345$5$4$0$$$" HASH "$phone", false},
    {"a field less", "abcd2345$1$0$$$" HASH "$phone", false},
    {"a field more", "abcd2345$1$0$0$0$$$" HASH "$phone", false},
    {"bad service", "abcd2345$1$0$0$SMTP$$" HASH "$phone", false},
    {"bad network", "abcd2345$1$0$0$$nowhere$" HASH "$phone", false},
    {"short hash", "abcd2345$1$0$0$$$00112233$phone", false},
    {"long hash", "abcd2345$1$0$0$$$" HASH "00$phone", false},
    {"no hexadecimal",
     "abcd2345$1$0$0$$$x0112233445566778899aabbccddeeff00112233445566778899a"
     "abbccddeeff$phone",
     false},
    {"no hash", "abcd2345$1$0$0$$$$phone", false},
};

START_TEST(take_value)
{
	struct apppass app;
	static const struct apppass none;
	char storage[1024];
	struct buf again = BUF_ON(storage);

	memset(&app, 'x', sizeof(app));
	ck_assert_msg(apppass_take_value(span_of(values[_i].value), &app) == values[_i].want, "%s",
		      values[_i].name);
	if (!values[_i].want) {
		ck_assert_mem_eq(&app, &none, sizeof(app));
		return;
	}
	apppass_put_value(&again, &app);
	ck_assert(span_is(buf_span(&again), values[_i].value));
}
END_TEST

START_TEST(take_value_fields)
{
	struct apppass app;

	ck_assert(apppass_take_value(
	    span_of("abcd2345$1$20$3$smtp,imap$10.0.0.0/8,::1$" HASH "$my $phone"), &app));
	ck_assert_str_eq(app.id, "abcd2345");
	ck_assert_int_eq(app.created, 1);
	ck_assert_int_eq(app.expires, 20);
	ck_assert_int_eq(app.revoked, 3);
	ck_assert_str_eq(app.services, "smtp,imap");
	ck_assert_str_eq(app.networks, "10.0.0.0/8,::1");
	ck_assert_str_eq(app.label, "my $phone");
	ck_assert_uint_eq(app.hash[1], 0x11);
	ck_assert_uint_eq(app.hash[31], 0xff);
	ck_assert_int_eq(app.used, 0);
}
END_TEST

/* Whatever a NUL is put into, it is refused. */
START_TEST(take_value_with_a_nul)
{
	char value[] = VALUE("abcd2345");
	struct apppass app;

	ck_assert(apppass_take_value((struct span){value, sizeof(value) - 1}, &app));
	ck_assert(!apppass_take_value((struct span){value, sizeof(value)}, &app));
	for (size_t i = 0; i < sizeof(value) - 1; i++) {
		char was = value[i];

		value[i] = '\0';
		ck_assert(!apppass_take_value((struct span){value, sizeof(value) - 1}, &app));
		value[i] = was;
	}
	ck_assert(!apppass_take_value(SPAN_NONE, &app));
}
END_TEST

static uint32_t below(uint32_t bound)
{
	return randombytes_uniform(bound);
}

static void random_list(char *list, const char *const *items, size_t count)
{
	struct buf out = {list, 0, APPPASS_LIST_MAX, false};

	for (uint32_t i = below(12); i > 0 && !out.failed; i--) {
		if (out.len > 0)
			buf_put_char(&out, ',');
		buf_put_text(&out, items[below((uint32_t)count)]);
	}
	list[out.failed ? 0 : out.len] = '\0';
}

static void random_app(struct apppass *app)
{
	static const char *const services[] = {"smtp", "imap", "a", "sieve-2", "0"};
	static const char *const networks[] = {"192.0.2.0/24", "::1", "2001:db8::/32", "10.1.2.3"};
	static const char *const pieces[] = {
	    "a",  "Z",	" x", "$", ",", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x93\xb1",
	    "\"", "\\", "7"};
	struct buf label = {app->label, 0, APPPASS_LABEL_MAX, false};

	memset(app, 0, sizeof(*app));
	label = (struct buf){app->label, 0, APPPASS_LABEL_MAX, false};
	apppass_make_id(app->id);
	buf_put_text(&label, "l");
	for (uint32_t i = below(20); i > 0; i--)
		buf_put_text(&label, pieces[below(11)]);
	random_list(app->services, services, 5);
	random_list(app->networks, networks, 4);
	randombytes_buf(app->hash, sizeof(app->hash));
	app->created = below(UINT32_MAX);
	app->expires = below(2) ? 0 : app->created + 1 + below(UINT32_MAX);
	app->revoked = below(2) ? 0 : below(UINT32_MAX);
}

START_TEST(value_round_trip)
{
	struct apppass app, again;
	char storage[1024];
	const char *fault;
	unsigned turns = slow_turns(20000);

	for (unsigned i = 0; i < turns; i++) {
		struct buf value = BUF_ON(storage);

		random_app(&app);
		ck_assert_msg(apppass_valid(&app, &fault), "%s", fault);
		apppass_put_value(&value, &app);
		ck_assert(!value.failed);
		ck_assert(apppass_take_value(buf_span(&value), &again));
		ck_assert_mem_eq(&app, &again, sizeof(app));
	}
}
END_TEST

/* Each octet of a value changed to a random one: refused, or what is written of it is what was
 * read. */
START_TEST(value_changed)
{
	struct apppass app, again;
	char storage[1024], second[1024];
	unsigned taken = 0, turns = slow_turns(20000);

	for (unsigned i = 0; i < turns; i++) {
		struct buf value = BUF_ON(storage), written = BUF_ON(second);

		random_app(&app);
		apppass_put_value(&value, &app);
		storage[below((uint32_t)value.len)] = (char)below(256);
		if (!apppass_take_value(buf_span(&value), &app))
			continue;
		taken++;
		apppass_put_value(&written, &app);
		ck_assert(apppass_take_value(buf_span(&written), &again));
		ck_assert_mem_eq(&app, &again, sizeof(app));
	}
	ck_assert_uint_gt(taken, turns / 20);
	ck_assert_uint_lt(taken, turns - turns / 20);
}
END_TEST

#define LOOP(tcase, test, table)                                                                   \
	tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof(*(table)))

int main(void)
{
	Suite *suite = suite_create("apppass");
	TCase *tcase = tcase_create("apppass");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	LOOP(tcase, take_secret, typed);
	tcase_add_test(tcase, take_secret_with_a_nul);
	tcase_add_test(tcase, secret_round_trip);
	tcase_add_test(tcase, letters_are_even);
	tcase_add_test(tcase, letters_are_independent);
	tcase_add_test(tcase, ids);
	tcase_add_test(tcase, hash_known);
	tcase_add_test(tcase, hash_depends_on_all);
	LOOP(tcase, label, labels);
	LOOP(tcase, valid, valids);
	tcase_add_test(tcase, valid_without_an_end);
	LOOP(tcase, judge, judgements);
	LOOP(tcase, take_value, values);
	tcase_add_test(tcase, take_value_fields);
	tcase_add_test(tcase, take_value_with_a_nul);
	tcase_add_test(tcase, value_round_trip);
	tcase_add_test(tcase, value_changed);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
