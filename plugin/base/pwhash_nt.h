/* SPDX-License-Identifier: MIT */
/* Windows' and Samba's stored secret: MD4 of the password in UTF-16 ([MS-NLMP] 3.3.1, NTOWFv1). */
#ifndef BASE_PWHASH_NT_H
#define BASE_PWHASH_NT_H

#include "base/pwhash.h"

/* A row of the table in pwhash.c each; `data` is the digest. A secret that is not UTF-8 matches
 * nothing. */
bool pwhash_nt_valid(unsigned variant, struct span data);
enum pwhash_match pwhash_nt_verify(unsigned variant, struct span data, struct span secret);

#endif
