/* SPDX-License-Identifier: MIT */
/* Fuzzes face/admin_request with one line of the admin socket. */
#include "face/admin_json.h"
#include "face/admin_request.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"{\"command\":\"why\",\"id\":\"ABCDEFGH\"}",
	"{\"command\":\"explain\",\"user\":\"alice\",\"service\":\"smtp\",\"client\":null}",
	"{\"command\":\"app-password-add\",\"user\":\"a\",\"label\":\"b\",\"services\":[\"smtp\"],"
	"\"networks\":[\"10.0.0.0/8\"],\"expires\":1800000000}",
	"{\"command\":\"app-password-rename\",\"user\":\"a\",\"which\":\"b\",\"label\":\"\\u00fc\"}",
	"{\"command\":\"lockouts-clear\",\"network\":\"192.0.2.1\"}",
	"{\"command\":\"status\"}",
	"[[[[[[[[{\"\":[0.5e10,true,null]}]]]]]]]]",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512];
	struct buf fault = BUF_ON(text);
	admin_request_run *run;
	json_t *request, *value;

	admin_json_begin();
	if (admin_request_take((struct span){(const char *)data, size}, &request, &run, &fault)) {
		FUZZ_HOLDS(json_is_object(request) && run && fault.len == 0);
		FUZZ_HOLDS(json_is_string(json_object_get(request, "command")));
	} else {
		FUZZ_HOLDS(!request && !run && fault.len > 0 && !fault.failed);
	}
	json_decref(request);
	/* Whatever a backend has as a text becomes a text that can be sent. */
	value = admin_json_text((struct span){(const char *)data, size});
	FUZZ_HOLDS(json_is_string(value));
	json_decref(value);
	value = admin_json_list((struct span){(const char *)data, size});
	FUZZ_HOLDS(json_is_array(value));
	json_decref(value);
	return 0;
}
