/* SPDX-License-Identifier: MIT */
/* The configured filter with a name put in: %u, %d and %n as values that mean nothing but
 * themselves. */
#ifndef BACKEND_LDAP_FILTER_H
#define BACKEND_LDAP_FILTER_H

#include "backend/backend.h"

/* Longer ones are not looked for. */
#define LDAP_FILTER_NAME_MAX 512

/* A filter with its words checked: false, with a constant in `fault`, if it is no filter of RFC
 * 4515, or has no %u or %n, or another word with a percent sign. */
bool ldap_filter_check(const char *filter, const char **fault);

/* The same for a filter without such words, of a map. */
bool ldap_filter_check_plain(const char *filter, const char **fault);

/* Octets that the filter has at most, with the NUL. */
size_t ldap_filter_room(const char *filter);

/* The filter of one name, which ends with NUL, in `out` of ldap_filter_room() octets. False,
 * without a filter, without memory, for a name that is too long, or that has nothing for one of the
 * words. */
bool ldap_filter_put(struct buf *out, const char *filter, const struct backend_name *name);

#endif
