/* SPDX-License-Identifier: MIT */
/* Fuzzes base/fold: what it gives is stable, trimmed and free of control characters. */
#include "base/fold.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"Alice@Example.ORG",
	" stra\303\237e ",
	"M\303\234LLER mu\314\210ller",
	"\357\274\241lice\357\274\240example.org",
	"\357\254\201sh \342\204\252elvin \303\205\342\204\253",
	"\316\243\316\221\317\202 \341\276\200 \304\260",
	"al\302\255ice\342\200\215 \357\267\272",
	"\343\200\200x\302\240\302\270\315\205\314\201",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char storage[8192], again_storage[8192];
	struct buf out = BUF_ON(storage), again = BUF_ON(again_storage);
	struct span folded;

	if (!fold_name((struct span){(const char *)data, size}, &out)) {
		FUZZ_HOLDS(out.len == 0);
		return 0;
	}
	folded = buf_span(&out);
	FUZZ_HOLDS(folded.len > 0 && span_trim(folded).len == folded.len);
	for (size_t i = 0; i < folded.len; i++)
		FUZZ_HOLDS((unsigned char)folded.at[i] >= 0x20 && folded.at[i] != 0x7f);
	if (folded.len > FOLD_NAME_MAX)
		return 0;
	FUZZ_HOLDS(fold_name(folded, &again));
	FUZZ_HOLDS(span_equal(folded, buf_span(&again)));
	return 0;
}
