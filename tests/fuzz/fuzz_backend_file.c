/* SPDX-License-Identifier: MIT */
/* Fuzzes backend/backend_file_parse and backend/backend_file_value with one line of a file. */
#include <string.h>

#include "backend/backend_file_parse.h"
#include "backend/backend_file_value.h"
#include "base/fold.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"alice:{PLAIN}right-pw",
	"bob@Example.org:{SSHA}x:1000:1000:Bob:/home/bob:/bin/sh:disabled userdb_x=y",
	"# comment",
	"\303\234ber:x::::::expires=2026-11-04T12:00:00Z password_changed=2026-11-04 must_change",
	"c:x::::::hours=Mon-Fri/08-18,Sat/22-06 allow_nets=10.0.0.0/8,2001:db8::/32,local",
	"d:x::::::previous=2026-11-04,{SCRAM-SHA-1}1,a,b,c user=Real@Example.org url=https://x/",
	"e:x::::::app_password=my%20phone,{PLAIN}abcd,expires=2027-01-01,revoked=2026-01-01,services=s",
	"f:x::::::mechanisms=PLAIN,LOGIN services=smtp locked=no nologin=y oauth2_required",
	NULL,
};

static void look_values(struct span text)
{
	struct network network;
	unsigned char hours[21], none[21] = {0};
	int64_t seconds;
	bool flag;

	if (backend_file_value_take_date(text, &seconds))
		FUZZ_HOLDS(seconds > 0 && seconds < INT64_C(253402300800));
	if (backend_file_value_take_network(text, &network))
		FUZZ_HOLDS(network.bits <= 128);
	if (backend_file_value_take_hours(text, hours))
		FUZZ_HOLDS(memcmp(hours, none, sizeof(hours)) != 0);
	backend_file_value_take_flag(text, &flag);
}

static void look_record(struct span rest)
{
	static struct backend_record record;
	struct span unknown;

	backend_record_init(&record);
	rest = backend_record_keep(&record, rest);
	if (!rest.at)
		return;
	backend_file_parse_rest(rest, &record, &unknown);
	FUZZ_HOLDS(record.account.exists == YES);
	FUZZ_HOLDS(record.account.defect == (record.defect != NULL));
	FUZZ_HOLDS(record.stored_count <= 1 && record.app_count <= BACKEND_APPS_MAX);
	FUZZ_HOLDS(record.account.network_count <= BACKEND_NETWORKS_MAX);
	for (size_t i = 0; !record.account.defect && i < record.app_count; i++)
		FUZZ_HOLDS(record.apps[i].label.len > 0 && record.apps[i].stored.len > 0);
	backend_record_wipe(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = {(const char *)data, size}, rest, piece;
	char storage[FOLD_NAME_MAX];
	struct buf name = BUF_ON(storage);
	const char *fault;

	switch (backend_file_parse_name(line, &name, &rest, &fault)) {
	case BACKEND_FILE_LINE_ACCOUNT:
		FUZZ_HOLDS(!fault && name.len > 0 && rest.at);
		look_record(rest);
		break;
	case BACKEND_FILE_LINE_MALFORMED:
		FUZZ_HOLDS(fault);
		break;
	case BACKEND_FILE_LINE_SKIP:
		FUZZ_HOLDS(!fault);
		break;
	}
	while (span_take_until(&line, '=', &piece)) {
		struct span word, words = piece;

		look_values(piece);
		while (span_take_until(&words, ' ', &word))
			look_values(word);
	}
	return 0;
}
