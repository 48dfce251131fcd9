/* SPDX-License-Identifier: MIT */
/* Whether app passwords were made with the key that key_file names: asked before it is used. */
#include "engine/keymatch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privilege.h"
#include "engine/keyfile.h"
#include "engine/ledger_stores.h"
#include "engine/settings_store.h"
#include "store/apppass_key.h"

#define WAIT_MS 3000

/* In the child: an octet says that it is another one. */
static void look(const struct settings *settings, const unsigned char key[SCRAMKEY_LEN], int answer)
{
	unsigned char derived[APPPASS_KEY_LEN];
	bool told = false;

	ledger_stores_apppass_key(key, derived);
	if (privilege_drop(settings->user, settings->uid, settings->gid) &&
	    apppass_key_differs(settings->state_directory, derived))
		told = write(answer, "", 1) == 1;
	sodium_memzero(derived, sizeof(derived));
	_exit(!told);
}

/* The user may do to his files, and to the child, what he likes: it is not waited for long. */
static bool is_another(const struct settings *settings, const unsigned char key[SCRAMKEY_LEN])
{
	struct pollfd answer = {.events = POLLIN};
	int ends[2];
	bool another = false;
	char octet;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	child = fork();
	if (child == 0)
		look(settings, key, ends[1]);
	close(ends[1]);
	if (child > 0) {
		answer.fd = ends[0];
		another = poll(&answer, 1, WAIT_MS) > 0 && read(ends[0], &octet, 1) == 1;
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	close(ends[0]);
	return another;
}

bool keymatch_check(const struct settings *settings, const unsigned char key[SCRAMKEY_LEN],
		    struct buf *faults)
{
	const char *state = settings->state_directory, *path = settings->key_file;
	struct conf_place place = conf_get(conf_top(settings->store->conf), "key_file")->place;
	unsigned char kept[SCRAMKEY_LEN];

	if (!path || !state || !ledger_stores_wants_apppass(settings) || !is_another(settings, key))
		return true;
	if (keyfile_kept(state, kept) && !is_another(settings, kept))
		conf_fault(faults, place,
			   "key_file: %s: the app passwords in %s were made with another key, and "
			   "none of them could be used: install -m 0600 %s/key %s",
			   path, state, state, path);
	else
		conf_fault(faults, place,
			   "key_file: %s: the app passwords in %s were made with another key, and "
			   "none of them could be used: put that one there, or move "
			   "credentials.sqlite* away and make all of them anew",
			   path, state);
	sodium_memzero(kept, sizeof(kept));
	return false;
}
