/* SPDX-License-Identifier: MIT */
/* libsasl2's SCRAM and CRAM-MD5 over one secret: right, wrong, broken and hostile clients. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/log.h"
#include "engine/scramkey.h"
#include "engine/session.h"

static struct session_secret secret;
static struct session *session;
static char answer_text[2048];

static void setup(void)
{
	const char *fault;

	ck_assert_int_ge(sodium_init(), 0);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	ck_assert(session_global_init(&fault));
}

static void teardown(void)
{
	session_close(&session);
	session_close(&session);
	session_global_done();
}

static void keep_secret(enum mech mech, const char *cleartext)
{
	static const unsigned char key[SCRAMKEY_LEN];
	static struct backend_record record;
	char stored[256];

	snprintf(stored, sizeof(stored), "{PLAIN}%s", cleartext);
	backend_record_init(&record);
	record.stored[record.stored_count++] = span_of(stored);
	ck_assert(scramkey_fill(&record, mech, span_of("alice"), key, 4096, &secret));
}

/* One step; what the server says is kept, NUL-terminated. */
static enum session_step step(struct span in)
{
	struct span out;
	enum session_step end = session_step(session, in, &out);

	ck_assert_uint_lt(out.len, sizeof(answer_text));
	if (out.len)
		memcpy(answer_text, out.at, out.len);
	answer_text[out.len] = '\0';
	return end;
}

static enum session_step step_text(const char *text)
{
	return step(span_of(text));
}

/* ---- CRAM-MD5 ---- */

static enum session_step cram(const char *stored, const char *typed)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[33], response[64];
	unsigned len = 0;

	session = session_open(MECH_CRAM_MD5, &secret);
	ck_assert_ptr_nonnull(session);
	ck_assert_int_eq(step(SPAN_NONE), SESSION_CONTINUE);
	ck_assert(answer_text[0] == '<');
	keep_secret(MECH_CRAM_MD5, stored); /* the name is known only now */
	HMAC(EVP_md5(), typed, (int)strlen(typed), (unsigned char *)answer_text,
	     strlen(answer_text), digest, &len);
	sodium_bin2hex(hex, sizeof(hex), digest, len);
	snprintf(response, sizeof(response), "alice %s", hex);
	return step_text(response);
}

/* Longer than a block of MD5: HMAC hashes it first. */
#define LONG "01234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const char *const passwords[] = {"right", "a b", "\xc3\xa4\xe2\x82\xac", "=,%:$@\"\\'",
					LONG};

START_TEST(cram_right)
{
	ck_assert_int_eq(cram(passwords[_i], passwords[_i]), SESSION_PROVEN);
}
END_TEST

START_TEST(cram_wrong)
{
	ck_assert_int_eq(cram(passwords[_i], "wrong"), SESSION_REFUSED);
}
END_TEST

/* ---- SCRAM ---- */

static void hmac(const EVP_MD *md, const unsigned char *key, unsigned len, const char *text,
		 unsigned char *out)
{
	HMAC(md, key, (int)len, (const unsigned char *)text, strlen(text), out, NULL);
}

/* The final message of RFC 5802 section 3 for a typed password, with the channel data given. */
static void put_final(enum mech mech, const char *first_bare, const char *channel,
		      const char *typed, char *final, size_t size)
{
	const EVP_MD *md = mech == MECH_SCRAM_SHA_1 ? EVP_sha1() : EVP_sha256();
	unsigned len = (unsigned)EVP_MD_size(md), rounds = 0;
	unsigned char salted[64], client[64], stored[64], signature[64], salt_octets[64];
	char nonce[256], salt[128], without[512], all[4096], proof_text[128];
	struct buf salt_buf = {(char *)salt_octets, 0, sizeof(salt_octets), false};
	struct buf proof = BUF_ON(proof_text);

	ck_assert_int_eq(sscanf(answer_text, "r=%255[^,],s=%127[^,],i=%u", nonce, salt, &rounds),
			 3);
	ck_assert(b64_decode(span_of(salt), &salt_buf));
	PKCS5_PBKDF2_HMAC(typed, (int)strlen(typed), salt_octets, (int)salt_buf.len, (int)rounds,
			  md, (int)len, salted);
	hmac(md, salted, len, "Client Key", client);
	EVP_Digest(client, len, stored, NULL, md, NULL);
	snprintf(without, sizeof(without), "c=%s,r=%s", channel, nonce);
	snprintf(all, sizeof(all), "%s,%s,%s", first_bare, answer_text, without);
	hmac(md, stored, len, all, signature);
	for (unsigned i = 0; i < len; i++)
		client[i] ^= signature[i];
	b64_put(&proof, (struct span){(char *)client, len});
	snprintf(final, size, "%s,p=%.*s", without, (int)proof.len, proof_text);
}

static const struct scram_row {
	const char *name, *header, *channel, *typed;
	enum session_step want;
} scram_rows[] = {
    {"right", "n,,", "biws", "right", SESSION_PROVEN},
    {"wrong", "n,,", "biws", "wrong", SESSION_REFUSED},
    {"would bind, but we offer no channel", "y,,", "eSws", "right", SESSION_PROVEN},
    {"y, wrong", "y,,", "eSws", "wrong", SESSION_REFUSED},
    {"authzid", "n,a=alice,", "bixhPWFsaWNlLA==", "right", SESSION_PROVEN},
    {"another header than before", "n,,", "eSws", "right", SESSION_MALFORMED},
};

START_TEST(scram)
{
	const struct scram_row *row = &scram_rows[_i / 2];
	enum mech mech = _i % 2 ? MECH_SCRAM_SHA_1 : MECH_SCRAM_SHA_256;
	static const char bare[] = "n=alice,r=abcdefgh";
	char first[128], final[1024];
	enum session_step end;

	keep_secret(mech, "right");
	session = session_open(mech, &secret);
	snprintf(first, sizeof(first), "%s%s", row->header, bare);
	ck_assert_int_eq(step_text(first), SESSION_CONTINUE);
	ck_assert(strncmp(answer_text, "r=abcdefgh", 10) == 0);
	put_final(mech, bare, row->channel, row->typed, final, sizeof(final));
	end = step_text(final);
	/* However the client breaks off, it is not proven and not our failure. */
	if (row->want == SESSION_MALFORMED)
		ck_assert_msg(end == SESSION_MALFORMED || end == SESSION_REFUSED, "%s: %d",
			      row->name, end);
	else
		ck_assert_msg(end == row->want, "%s: %d", row->name, end);
	if (end == SESSION_PROVEN)
		ck_assert(strncmp(answer_text, "v=", 2) == 0);
}
END_TEST

/* Neither crash nor proof, nor a failure of ours, whatever comes second. */
static const struct span finals[] = {
    {"", 0},
    {"c=biws", 6},
    {"c=biws,r=abc,p=", 15},
    {",,,,,", 5},
    {"p=AAAA", 6},
    {"\0\0\0\0", 4},
    {"c=!,r=!,p=!", 11},
    {"c=biws,r=abcdefgh,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 64}};

START_TEST(scram_final_garbage)
{
	enum session_step end;

	keep_secret(MECH_SCRAM_SHA_256, "right");
	session = session_open(MECH_SCRAM_SHA_256, &secret);
	ck_assert_int_eq(step_text("n,,n=alice,r=abcdefgh"), SESSION_CONTINUE);
	end = step(finals[_i]);
	ck_assert_msg(end == SESSION_MALFORMED || end == SESSION_REFUSED, "%d: %d", _i, end);
}
END_TEST

START_TEST(available)
{
	ck_assert(session_available(MECH_SCRAM_SHA_256));
	/* libsasl2's PLAIN and LOGIN are not let in. */
	ck_assert(!session_available(MECH_PLAIN));
	ck_assert(!session_available(MECH_LOGIN));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *cases = tcase_create("session");
	SRunner *runner = srunner_create(suite);
	const char *fault;
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, available);
	tcase_add_loop_test(cases, scram, 0, 2 * ROWS(scram_rows));
	tcase_add_loop_test(cases, scram_final_garbage, 0, ROWS(finals));
	if (session_global_init(&fault) && session_available(MECH_CRAM_MD5)) {
		tcase_add_loop_test(cases, cram_right, 0, ROWS(passwords));
		tcase_add_loop_test(cases, cram_wrong, 0, ROWS(passwords));
	}
	session_global_done();
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
