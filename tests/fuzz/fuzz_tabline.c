/* SPDX-License-Identifier: MIT */
/* Fuzzes base/tabline: lines and fields, and that escaping is undone exactly. */
#include <string.h>

#include "base/tabline.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"VERSION\t1\t2\nCPID\t42\n",
	"AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.1\tsecured\tfinal-resp-ok\tresp=AGEAYg==\n",
	"CONT\t1\tAGEAYg==\nCANCEL\t1\n",
	"FAIL\t1\tuser=a\001tb\treason=x\001n\001r\0010\0011\n",
	NULL,
};

static void look_field(struct span field)
{
	static char storage[4096], again_storage[8192];
	struct buf out = BUF_ON(storage), again = BUF_ON(again_storage), back = BUF_ON(storage);
	struct span value;

	if (tabline_value(field, "resp", &value))
		FUZZ_HOLDS(value.at && value.len <= field.len);
	tabline_unescape(field, &out);
	if (out.failed || field.len > sizeof(storage) / 2)
		return;
	FUZZ_HOLDS(out.len <= field.len);
	buf_put_escaped(&again, buf_span(&out));
	FUZZ_HOLDS(!again.failed);
	FUZZ_HOLDS(!span_has(buf_span(&again), '\t') && !span_has(buf_span(&again), '\n'));
	tabline_unescape(buf_span(&again), &back);
	FUZZ_HOLDS(!back.failed && back.len == out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = {(const char *)data, size}, line, field;
	size_t left = size;

	while (tabline_take_line(&in, &line)) {
		FUZZ_HOLDS(in.len + line.len + 1 == left);
		left = in.len;
		while (tabline_take_field(&line, &field)) {
			FUZZ_HOLDS(!span_has(field, '\t') && !span_has(field, '\n'));
			look_field(field);
		}
	}
	look_field((struct span){(const char *)data, size});
	return 0;
}
