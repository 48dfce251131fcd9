/* SPDX-License-Identifier: MIT */
/* reasons: the table of the reasons, or one of them in detail. */
#ifndef CLI_CMD_REASONS_H
#define CLI_CMD_REASONS_H

#include "cli/args.h"

enum cli_exit cmd_reasons_run(const struct cli *cli, const struct args *args);

#endif
