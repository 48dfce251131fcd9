/* SPDX-License-Identifier: MIT */
/* Listening unix sockets: made by us, or handed over by systemd's socket unit. */
#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEMD_FIRST_FD 3 /* SD_LISTEN_FDS_START, sd_listen_fds(3) */
#define BACKLOG		 1024

static bool put_fault(struct buf *fault, const char *path, const char *what)
{
	const char *why = strerror(errno);

	buf_put_text(fault, path);
	buf_put_text(fault, ": ");
	buf_put_text(fault, what);
	buf_put_text(fault, ": ");
	buf_put_text(fault, why);
	return false;
}

static bool make_address(const char *path, struct sockaddr_un *address)
{
	size_t len = strlen(path);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (len >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address->sun_path, path, len);
	return true;
}

static unsigned read_systemd_count(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	uint64_t n;

	if (!pid || !count || !span_take_number(span_of(pid), INT32_MAX, &n) ||
	    n != (uint64_t)getpid() || !span_take_number(span_of(count), 64, &n))
		return 0;
	return (unsigned)n;
}

/* Asked first in the process that systemd started: going to the background changes the pid. */
static unsigned systemd_count(void)
{
	static bool known;
	static unsigned count;

	if (!known)
		count = read_systemd_count();
	known = true;
	return count;
}

static bool is_bound_to(int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t len = sizeof(address);

	memset(&address, 0, sizeof(address));
	return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.sun_family == AF_UNIX &&
	       strncmp(address.sun_path, path, sizeof(address.sun_path)) == 0;
}

static int find_systemd(const char *path)
{
	unsigned count = systemd_count();

	for (unsigned i = 0; i < count; i++) {
		int fd = SYSTEMD_FIRST_FD + (int)i;

		if (is_bound_to(fd, path)) {
			fcntl(fd, F_SETFD, FD_CLOEXEC);
			return fd;
		}
	}
	return -1;
}

/* Makes room at `path`: nothing there, or a socket that nobody listens on any more. */
static bool may_replace(const char *path, const struct sockaddr_un *address, struct buf *fault)
{
	struct stat status;
	bool answered;
	int fd;

	if (lstat(path, &status) != 0)
		return errno == ENOENT || put_fault(fault, path, "cannot be looked at");
	if (!S_ISSOCK(status.st_mode)) {
		errno = EEXIST;
		return put_fault(fault, path, "is in the way");
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return put_fault(fault, path, "socket");
	answered =
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN;
	close(fd);
	errno = EADDRINUSE;
	return !answered || put_fault(fault, path, "another process listens there");
}

/* The file itself, not opened as a socket. The folder may be an unprivileged user's (Postfix's
 * private is), who would like root to change a file behind a link. */
static int hold_socket(const char *path, struct buf *fault)
{
	int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (file < 0 || fstat(file, &status) != 0) {
		put_fault(fault, path, "cannot be looked at");
	} else if (!S_ISSOCK(status.st_mode)) {
		errno = ENOTSOCK;
		put_fault(fault, path, "is not ours any more");
	} else {
		return file;
	}
	if (file >= 0)
		close(file);
	return -1;
}

bool listen_adjust(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault)
{
	bool owned = owner != (uid_t)-1 || group != (gid_t)-1;
	int file = hold_socket(path, fault);
	char held[32];
	bool ok = true;

	if (file < 0)
		return false;
	/* chmod(2) refuses such a descriptor, but not its name. */
	snprintf(held, sizeof(held), "/proc/self/fd/%d", file);
	if (owned && fchownat(file, "", owner, group, AT_EMPTY_PATH) != 0)
		ok = put_fault(fault, path, "its owner cannot be set");
	else if (chmod(held, mode) != 0)
		ok = put_fault(fault, path, "its mode cannot be set");
	close(file);
	return ok;
}

bool listen_lost(const char *path)
{
	struct stat status;

	return lstat(path, &status) != 0 && errno == ENOENT;
}

/* Binds under a name beside the final one, so that the mode is right before anybody sees it. */
static bool bind_beside(int fd, const char *path, mode_t mode, uid_t owner, gid_t group,
			struct buf *fault)
{
	char beside[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct sockaddr_un address;
	mode_t mask;
	bool ok;
	int len = snprintf(beside, sizeof(beside), "%s.%d", path, (int)getpid() % 100000);

	errno = ENAMETOOLONG;
	if (len < 0 || (size_t)len >= sizeof(beside) || !make_address(beside, &address))
		return put_fault(fault, path, "the path of a socket has at most 100 octets");
	unlink(beside);
	mask = umask(0177);
	ok = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	umask(mask);
	if (!ok)
		return put_fault(fault, path, "cannot be bound");
	if (listen(fd, BACKLOG) != 0)
		ok = put_fault(fault, path, "cannot listen");
	ok = ok && listen_adjust(beside, mode, owner, group, fault);
	if (ok && rename(beside, path) != 0)
		ok = put_fault(fault, path, "cannot be put in place");
	if (!ok)
		unlink(beside);
	return ok;
}

int listen_open(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault)
{
	struct sockaddr_un address;
	int fd = find_systemd(path);

	if (fd >= 0)
		return fd;
	if (!make_address(path, &address)) {
		put_fault(fault, path, "cannot be a socket");
		return -1;
	}
	if (!may_replace(path, &address, fault))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		put_fault(fault, path, "socket");
		return -1;
	}
	if (!bind_beside(fd, path, mode, owner, group, fault)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One of systemd's stays open: a later configuration may name it again. */
void listen_close(int fd, const char *path)
{
	if (fd >= SYSTEMD_FIRST_FD && fd < SYSTEMD_FIRST_FD + (int)systemd_count() &&
	    is_bound_to(fd, path))
		return;
	close(fd);
	unlink(path);
}

bool listen_handed(unsigned index, int *fd, char *path, size_t size)
{
	struct sockaddr_un address;
	socklen_t len = sizeof(address);

	if (index >= systemd_count())
		return false;
	memset(&address, 0, sizeof(address));
	*fd = SYSTEMD_FIRST_FD + (int)index;
	if (getsockname(*fd, (struct sockaddr *)&address, &len) != 0 ||
	    address.sun_family != AF_UNIX)
		address.sun_path[0] = '\0';
	snprintf(path, size, "%.*s", (int)sizeof(address.sun_path), address.sun_path);
	return true;
}
