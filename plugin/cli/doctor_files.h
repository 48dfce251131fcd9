/* SPDX-License-Identifier: MIT */
/* What the daemon keeps and reads: listeners' sockets, state directory, key, shadow passwords. */
#ifndef CLI_DOCTOR_FILES_H
#define CLI_DOCTOR_FILES_H

#include <stdint.h>

#include "cli/doctor_facts.h"

/* With less than this the journal (64 MiB as it comes) may not fit. */
#define DOCTOR_FILES_DISK_LOW (96ULL << 20)

/* The checks. */
void doctor_files_listeners(struct doctor_facts *facts);
void doctor_files_state(struct doctor_facts *facts);
void doctor_files_shadow(struct doctor_facts *facts);

/* What is wrong with so much room; null if nothing is. */
const char *doctor_files_room(uint64_t octets_free, uint64_t files, uint64_t files_free);

#endif
