/* SPDX-License-Identifier: MIT */
/* explain: what every backend and store knows of a name, and what each proof would give now. */
#ifndef CLI_CMD_EXPLAIN_H
#define CLI_CMD_EXPLAIN_H

#include "cli/args.h"

extern const struct cli_option cmd_explain_options[];

enum cli_exit cmd_explain_run(const struct cli *cli, const struct args *args);

#endif
