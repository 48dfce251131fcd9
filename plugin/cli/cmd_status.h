/* SPDX-License-Identifier: MIT */
/* status: what the daemon is doing. */
#ifndef CLI_CMD_STATUS_H
#define CLI_CMD_STATUS_H

#include "cli/args.h"

enum cli_exit cmd_status_run(const struct cli *cli, const struct args *args);

#endif
