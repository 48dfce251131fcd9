/* SPDX-License-Identifier: MIT */
/* reload: has the daemon read its configuration again, and waits until it is in effect. */
#ifndef CLI_CMD_RELOAD_H
#define CLI_CMD_RELOAD_H

#include "cli/args.h"

enum cli_exit cmd_reload_run(const struct cli *cli, const struct args *args);

#endif
