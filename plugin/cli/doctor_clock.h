/* SPDX-License-Identifier: MIT */
/* Time: is the clock kept, and does a directory's certificate end soon? */
#ifndef CLI_DOCTOR_CLOCK_H
#define CLI_DOCTOR_CLOCK_H

#include "cli/doctor_facts.h"

#define DOCTOR_CLOCK_CERTIFICATE_DAYS 14
/* Longer than this the kernel's estimate of the error makes dates and locks doubtful
 * (ntp_adjtime(3): it grows while nobody sets the clock, until 16 s mean that it is not
 * synchronized). */
#define DOCTOR_CLOCK_ERROR_US 5000000

/* What is wrong with a clock of this state (of adjtimex(2)) and estimated error; null if nothing
 * is. */
const char *doctor_clock_judge(int state, int status, long error_us);

/* The checks. */
void doctor_clock_check(struct doctor_facts *facts);
void doctor_clock_certificates(struct doctor_facts *facts);

#endif
