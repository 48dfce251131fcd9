/* SPDX-License-Identifier: MIT */
/* The daemon's key: from key_file, so that what is made from it survives a restart. */
#ifndef ENGINE_KEYFILE_H
#define ENGINE_KEYFILE_H

#include "engine/scramkey.h"

/* Fills the key from the first 4 KiB of the file (hashed, so any random content does; at least 16
 * octets), or at random for a null path. False with a text appended to `fault`. */
bool keyfile_read(const char *path, unsigned char key[SCRAMKEY_LEN], struct buf *fault);

/* The same from the file "key" in the folder, which is made with 32 random octets where it is
 * missing (mode 0600, on the disk before this returns). It may be no symbolic link. One that is
 * made beside a credentials.sqlite, which was made with another one, is an error line in the log.
 */
bool keyfile_keep(const char *directory, unsigned char key[SCRAMKEY_LEN], struct buf *fault);

/* The same, but false where it is missing. */
bool keyfile_kept(const char *directory, unsigned char key[SCRAMKEY_LEN]);

#endif
