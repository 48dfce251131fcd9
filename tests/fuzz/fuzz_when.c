/* SPDX-License-Identifier: MIT */
/* Fuzzes cli/when and the columns of cli/say: an end lies ahead, a text has a width. */
#include <string.h>

#include "cli/say.h"
#include "cli/when.h"
#include "fuzz_drive.h"

#define NOW 1772323200

const char *const fuzz_seeds[] = {
    "2026-12-31", "2028-02-29", "30", "90d", "36500", "t\303\244blet \033[31m\342\200\256", NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t seconds = 0;
	size_t width;

	FUZZ_HOLDS(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (when_take(text, NOW, &seconds)) {
		FUZZ_HOLDS(seconds > NOW && strlen(text) <= 10);
		FUZZ_HOLDS(strlen(when_of(seconds).text) >= strlen("2026-12-31 23:59:59"));
	}
	width = say_width(text);
	FUZZ_HOLDS(width >= strlen(text) / 4 && width <= 4 * strlen(text));
	free(text);
	return 0;
}
