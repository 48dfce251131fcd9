/* SPDX-License-Identifier: MIT */
/* Stored secrets made with crypt(3), each method bounded in what it may cost. */
#ifndef BASE_PWHASH_CRYPT_H
#define BASE_PWHASH_CRYPT_H

#include "base/pwhash.h"

/* What crypt(5) describes. Broken: a method that libxcrypt does not have, characters outside its
 * alphabet, or a cost beyond bcrypt's 15 or the bounds in pwhash.h. A secret with a NUL, or longer
 * than CRYPT_MAX_PASSPHRASE_SIZE, is hashed as far as it goes and never matches. */
bool pwhash_crypt_valid(unsigned variant, struct span data);
bool pwhash_crypt_slow(unsigned variant, struct span data);
bool pwhash_crypt_brief(struct span data);
enum pwhash_match pwhash_crypt_verify(unsigned variant, struct span data, struct span secret);

/* The method whose setting begins so, with crypt_gensalt(3)'s default cost for `cost` 0. */
enum pwhash_crypt_method { PWHASH_CRYPT_YESCRYPT, PWHASH_CRYPT_SHA512, PWHASH_CRYPT_BCRYPT };
bool pwhash_crypt_make(unsigned method, unsigned cost, struct span secret, struct buf *out);

#endif
