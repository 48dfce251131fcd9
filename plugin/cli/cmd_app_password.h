/* SPDX-License-Identifier: MIT */
/* app-password: adds, lists, revokes and renames the app passwords of an account. */
#ifndef CLI_CMD_APP_PASSWORD_H
#define CLI_CMD_APP_PASSWORD_H

#include "cli/args.h"

#include <jansson.h>
#include <stdint.h>

extern const char *const cmd_app_password_verbs[];
extern const struct cli_option cmd_app_password_options[];

enum cli_exit cmd_app_password_run(const struct cli *cli, const struct args *args);

/* The table of `list`, of an array of app passwords. */
void cmd_app_password_put_all(const json_t *apps, int64_t now);

#endif
