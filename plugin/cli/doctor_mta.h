/* SPDX-License-Identifier: MIT */
/* Exim and sendmail: have they our patch, and does a listener let them in? */
#ifndef CLI_DOCTOR_MTA_H
#define CLI_DOCTOR_MTA_H

#include "cli/doctor_facts.h"

/* The checks. */
void doctor_mta_exim(struct doctor_facts *facts);
void doctor_mta_sendmail(struct doctor_facts *facts);

#endif
