/* SPDX-License-Identifier: MIT */
/* The daemon: whether it answers, why not, and what it says is wrong. */
#ifndef CLI_DOCTOR_DAEMON_H
#define CLI_DOCTOR_DAEMON_H

#include "cli/doctor_facts.h"

/* Asks it for `status` and `config`, and reports why it cannot. What is wrong then: CLI_DONE,
 * CLI_CANNOT_TELL (nobody answers) or CLI_NOT_PERMITTED. Waits at most as long as cli/ask. */
enum cli_exit doctor_daemon_ask(struct doctor_facts *facts);

/* Reads the configuration as the daemon would, where it is away: fills facts->config. */
void doctor_daemon_guess(struct doctor_facts *facts);

/* The checks. */
void doctor_daemon_configuration(struct doctor_facts *facts);
void doctor_daemon_backends(struct doctor_facts *facts);

#endif
