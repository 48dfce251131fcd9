/* SPDX-License-Identifier: MIT */
/* Whether app passwords were made with the key that key_file names: asked before it is used. */
#ifndef ENGINE_KEYMATCH_H
#define ENGINE_KEYMATCH_H

#include "engine/scramkey.h"
#include "engine/settings.h"

/* `key` is that of key_file. False, with a line in `faults` as settings_load() has them, if the app
 * passwords in the state directory were made with another one, so that none of them could be used.
 * True too where that cannot be told, where there are none and where key_file is not set. Looks in
 * a child process that is `user`, to whom those files belong; for a process without threads. Waits
 * for the disk, some seconds at most. */
bool keymatch_check(const struct settings *settings, const unsigned char key[SCRAMKEY_LEN],
		    struct buf *faults);

#endif
