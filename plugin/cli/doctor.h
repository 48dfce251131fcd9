/* SPDX-License-Identifier: MIT */
/* sasl-reason doctor: finds what is usually wrong, and says which command mends it. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/args.h"

extern const struct cli_option doctor_options[];

/* CLI_DONE if nothing is wrong, CLI_CONFIGURATION if something is, CLI_CANNOT_TELL if the daemon is
 * away, CLI_NOT_PERMITTED if its admin socket is not for us; in each case it does all checks that
 * it can. */
enum cli_exit doctor_run(const struct cli *cli, const struct args *args);

#endif
