/* SPDX-License-Identifier: MIT */
/* Fuzzes store/apppass: what it takes, it writes again, and it is valid. */
#include <string.h>

#include "fuzz_drive.h"
#include "store/apppass.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

const char *const fuzz_seeds[] = {
    "abcd efgh ijkl mnop",
    "ABCD-efgh\tijkl mnop",
    "abcd2345$1700000000$0$0$$$" HASH "$phone",
    "abcd2345$1700000000$1800000000$1710000000$smtp,imap$192.0.2.0/24,2001:db8::/32$" HASH
    "$An$na's \303\244",
    NULL,
};

static void secret(struct span text)
{
	char letters[APPPASS_LETTERS], again[APPPASS_LETTERS], storage[32];
	struct buf out = BUF_ON(storage);

	if (!apppass_take_secret(text, letters))
		return;
	apppass_put_secret(&out, letters);
	FUZZ_HOLDS(!out.failed && apppass_take_secret(buf_span(&out), again));
	FUZZ_HOLDS(memcmp(letters, again, sizeof(again)) == 0);
}

static void value(struct span text)
{
	static const unsigned char address[16] = {[10] = 0xff, [11] = 0xff, [12] = 192};
	struct apppass app, again;
	char storage[1024];
	struct buf out = BUF_ON(storage);
	const char *fault;
	int64_t since;

	if (!apppass_take_value(text, &app))
		return;
	FUZZ_HOLDS(apppass_valid(&app, &fault) && apppass_id_valid(span_of(app.id)));
	apppass_judge(&app, text, address, 1750000000, &since);
	apppass_put_value(&out, &app);
	FUZZ_HOLDS(!out.failed && apppass_take_value(buf_span(&out), &again));
	FUZZ_HOLDS(memcmp(&app, &again, sizeof(app)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};

	secret(text);
	value(text);
	return 0;
}
