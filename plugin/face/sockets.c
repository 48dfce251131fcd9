/* SPDX-License-Identifier: MIT */
/* The listening sockets of a configuration: kept from one to the next where the path is the same.
 */
#include "face/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/listen.h"
#include "base/log.h"

static int find(const struct settings *settings, const int *fds, const char *path)
{
	for (size_t i = 0; fds && i < settings->listener_count; i++)
		if (strcmp(settings->listeners[i].path, path) == 0)
			return fds[i];
	return -1;
}

static bool has(const struct settings *settings, const int *fds, int fd)
{
	for (size_t i = 0; fds && i < settings->listener_count; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/* Whoever connects to a socket of systemd's that no listener names waits for ever. */
static void warn_of_others(const struct settings *settings, const int *fds)
{
	char path[128];
	int fd;

	for (unsigned i = 0; listen_handed(i, &fd, path, sizeof(path)); i++)
		if (!has(settings, fds, fd))
			log_say(LOG_LEVEL_WARNING, "listener",
				"systemd hands over what no listener names", path);
}

int *sockets_open(const struct settings *settings, const struct settings *old_settings,
		  const int *old, struct buf *fault)
{
	int *fds = calloc(settings->listener_count, sizeof(*fds));

	for (size_t i = 0; fds && i < settings->listener_count; i++) {
		const struct settings_listener *want = &settings->listeners[i];

		fds[i] = listen_lost(want->path) ? -1 : find(old_settings, old, want->path);
		if (fds[i] >= 0 &&
		    listen_adjust(want->path, want->mode, want->owner, want->group, fault))
			continue;
		if (fds[i] < 0)
			fds[i] =
			    listen_open(want->path, want->mode, want->owner, want->group, fault);
		if (fds[i] >= 0 && !fault->len)
			continue;
		/* The rest was not opened yet. */
		for (size_t rest = i + (fds[i] >= 0); rest < settings->listener_count; rest++)
			fds[rest] = -1;
		sockets_close(settings, &fds, old_settings, old);
	}
	if (fds)
		warn_of_others(settings, fds);
	return fds;
}

void sockets_close(const struct settings *old_settings, int **old, const struct settings *settings,
		   const int *now)
{
	for (size_t i = 0; *old && i < old_settings->listener_count; i++) {
		const char *path = old_settings->listeners[i].path;

		if ((*old)[i] < 0 || has(settings, now, (*old)[i]))
			continue;
		/* A file that was lost and made again is the new socket's. */
		if (find(settings, now, path) >= 0)
			close((*old)[i]);
		else
			listen_close((*old)[i], path);
	}
	free(*old);
	*old = NULL;
}
