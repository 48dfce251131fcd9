/* SPDX-License-Identifier: MIT */
/* What the daemon keeps: the journal, app passwords, and the counters of a fleet. */
#ifndef CLI_DOCTOR_STORES_H
#define CLI_DOCTOR_STORES_H

#include "cli/doctor_facts.h"

/* The check, by what the daemon says of them in `status`. */
void doctor_stores_check(struct doctor_facts *facts);

#endif
