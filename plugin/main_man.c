/* SPDX-License-Identifier: MIT */
/* Writes the man page of the config file to standard output: make update-man. */
#include <stdlib.h>

#include "engine/settings_man.h"

int main(void)
{
	settings_man_put(stdout);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
