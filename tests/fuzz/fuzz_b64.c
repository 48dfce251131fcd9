/* SPDX-License-Identifier: MIT */
/* Fuzzes base/b64: what it takes is exactly what it writes. */
#include "base/b64.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"Zg==", "Zm8=", "Zm9v", "Zm9vYmFy", "Pz8/Pj4+", "AGFsaWNlAHJpZ2h0LXB3", "666f6f", "Pz8/Pj4.",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char storage[4096], again_storage[8192];
	struct buf out = BUF_ON(storage), again = BUF_ON(again_storage);
	struct span text = {(const char *)data, size};

	if (b64_decode(text, &out)) {
		b64_put(&again, buf_span(&out));
		FUZZ_HOLDS(span_equal(buf_span(&again), text));
	} else {
		FUZZ_HOLDS(out.len == 0);
	}
	out.len = again.len = 0;
	if (b64_decode_adapted(text, &out)) {
		b64_put_adapted(&again, buf_span(&out));
		FUZZ_HOLDS(again.len <= text.len);
	}
	out.len = 0;
	if (b64_decode_hex(text, &out))
		FUZZ_HOLDS(out.len * 2 == text.len);
	return 0;
}
