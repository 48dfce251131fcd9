/* SPDX-License-Identifier: MIT */
/* Values of a directory's attributes: times, numbers, flags, and the entry that has them. Pure. */
#ifndef BACKEND_LDAP_STATE_VALUE_H
#define BACKEND_LDAP_STATE_VALUE_H

#include "backend/ldap_state.h"

/* A time in the past that has no date: what prints dates says that it is unknown (before year 0).
 */
#define LDAP_STATE_VALUE_PAST (-INT64_C(99999999999))

/* "Never" in Active Directory's times. */
#define LDAP_STATE_VALUE_NEVER INT64_MAX

/* Generalized time (RFC 4517 3.3.13): 2026110412[00[00]][.5]Z, or +hh[mm] for Z; in seconds since
 * 1970, below 0 before. Fractions are cut off. */
bool ldap_state_value_take_time(struct span text, int64_t *seconds);

/* An INTEGER (RFC 4517 3.3.16) of 64 bits. */
bool ldap_state_value_take_integer(struct span text, int64_t *number);

/* TRUE and FALSE, and because a map may name any attribute: yes, no, on, off, 1, 0; of either case.
 */
bool ldap_state_value_take_flag(struct span text, bool *flag);

/* Seconds since 1970 of a FILETIME (100 ns since 1601). */
int64_t ldap_state_value_filetime(int64_t ticks);

/* Seconds of an interval of Active Directory, which is negative; 0 for one without end. */
int64_t ldap_state_value_interval(int64_t ticks);

/* The start of a day since 1970. */
int64_t ldap_state_value_day(int64_t day);

/* A limit as struct account has it: never 0, and not beyond the year 9999. */
int64_t ldap_state_value_limit(int64_t seconds);

/* When a password changed, as struct account has it: 0 (not known) if not after 1970 began. */
int64_t ldap_state_value_changed(int64_t seconds);

/* The earlier of two limits; 0 is none. */
int64_t ldap_state_value_earlier(int64_t a, int64_t b);

/* The attribute of that name, of either case; null if the entry has none or no value of it. */
const struct ldap_state_attribute *ldap_state_value_find(const struct ldap_state_entry *entry,
							 struct span name);

/* The first value of an attribute. False (and nothing written) if there is none, or if it cannot be
 * read; that spoils the record, unless it is null. */
bool ldap_state_value_time(const struct ldap_state_entry *entry, const char *name,
			   struct backend_record *record, int64_t *seconds);
bool ldap_state_value_integer(const struct ldap_state_entry *entry, const char *name,
			      struct backend_record *record, int64_t *number);
bool ldap_state_value_flag(const struct ldap_state_entry *entry, const char *name,
			   struct backend_record *record, bool *flag);

#endif
