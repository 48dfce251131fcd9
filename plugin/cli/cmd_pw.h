/* SPDX-License-Identifier: MIT */
/* pw: makes a stored secret of a password, for an account file or a directory. */
#ifndef CLI_CMD_PW_H
#define CLI_CMD_PW_H

#include "cli/args.h"

extern const struct cli_option cmd_pw_options[];

enum cli_exit cmd_pw_run(const struct cli *cli, const struct args *args);

#endif
