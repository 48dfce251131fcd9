/* SPDX-License-Identifier: MIT */
/* test: a login as a mail server would do it, its reply, and the whole verdict. */
#ifndef CLI_CMD_TEST_H
#define CLI_CMD_TEST_H

#include "cli/args.h"

extern const struct cli_option cmd_test_options[];

enum cli_exit cmd_test_run(const struct cli *cli, const struct args *args);

#endif
