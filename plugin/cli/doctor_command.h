/* SPDX-License-Identifier: MIT */
/* Running another program for what it says. */
#ifndef CLI_DOCTOR_COMMAND_H
#define CLI_DOCTOR_COMMAND_H

#include "base/buf.h"

/* It is killed when it takes longer. */
#define DOCTOR_COMMAND_MS 20000

/* Runs argv[0] (with a '/', or found in PATH) with no input, and gathers what it writes; what does
 * not fit is left out and sets the buf's failure bit. A null `errors` throws its standard error
 * away. Returns its exit status, or -1: it could not be started, was killed by a signal or took too
 * long. Blocks. */
int doctor_command_run(const char *const *argv, struct buf *out, struct buf *errors);

#endif
