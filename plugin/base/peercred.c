/* SPDX-License-Identifier: MIT */
/* Which process is at the other end of a unix socket. */
#include "base/peercred.h"

#include <sys/socket.h>

static bool ask(int fd, struct ucred *credentials)
{
	socklen_t len = sizeof(*credentials);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, &len) == 0;
}

bool peercred_uid(int fd, uid_t *uid)
{
	struct ucred credentials;

	if (!ask(fd, &credentials))
		return false;
	*uid = credentials.uid;
	return true;
}

void peercred_put(struct buf *out, int fd)
{
	struct ucred credentials;

	if (!ask(fd, &credentials))
		return;
	buf_put_text(out, "pid ");
	buf_put_number(out, (uint64_t)credentials.pid);
	buf_put_text(out, " uid ");
	buf_put_number(out, credentials.uid);
	buf_put_text(out, " gid ");
	buf_put_number(out, credentials.gid);
}
