/* SPDX-License-Identifier: MIT */
/* Folders that we keep things in: made where they are missing, given to their owner. */
#include "base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct buf *fault, const char *path, const char *what)
{
	buf_put_text(fault, path);
	buf_put_text(fault, ": ");
	buf_put_text(fault, what);
	return false;
}

/* False of one that cannot be read, too. */
static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (folder)
		closedir(folder);
	else if (copy >= 0)
		close(copy);
	return empty;
}

/* A folder with something in it is not ours to give away or to close: its name may be a mistake.
 * Null: it is as it should be, or empty. */
static const char *objection(const struct stat *about, bool empty, mode_t mode, uid_t owner)
{
	if (about->st_uid != owner && about->st_uid != 0)
		return "belongs to another user";
	if (about->st_uid != owner && !empty)
		return "belongs to root and is not empty: chown it, if it is the right one";
	if ((about->st_mode & 077 & ~mode) != 0 && !empty)
		return "others can look into it: chmod 700";
	return NULL;
}

/* What `path` is now is held by `fd`, so that nobody can put something else into its place. */
static bool take_over(int fd, const char *path, mode_t mode, uid_t owner, gid_t group,
		      struct buf *fault)
{
	struct stat about;
	const char *objects;

	if (fstat(fd, &about) != 0)
		return fail(fault, path, strerror(errno));
	objects = objection(&about, is_empty(fd), mode, owner);
	if (objects)
		return fail(fault, path, objects);
	if (about.st_uid != owner && fchown(fd, owner, group) != 0)
		return fail(fault, path, strerror(errno));
	if ((about.st_mode & 07777) != mode && fchmod(fd, mode) != 0)
		return fail(fault, path, strerror(errno));
	return true;
}

bool directory_make(const char *path, mode_t mode, uid_t owner, gid_t group, struct buf *fault)
{
	bool made = mkdir(path, mode) == 0;
	bool fine = true;
	int fd;

	if (!made && errno != EEXIST)
		return fail(fault, path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(fault, path, strerror(errno));
	if (made || (mode & 077) == 0)
		fine = take_over(fd, path, mode, owner, group, fault);
	close(fd);
	return fine;
}

/* As take_over(), but for the doing. */
static bool check_folder(const char *path, mode_t mode, uid_t owner, struct buf *fault)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *objects;
	struct stat about;

	if (fd < 0 || fstat(fd, &about) != 0)
		objects = strerror(errno);
	else
		objects = objection(&about, is_empty(fd), mode, owner);
	if (fd >= 0)
		close(fd);
	return !objects || fail(fault, path, objects);
}

bool directory_check(const char *path, mode_t mode, uid_t owner, struct buf *fault)
{
	struct stat about;
	char folder[1024];

	if (lstat(path, &about) == 0) {
		if (!S_ISDIR(about.st_mode))
			return fail(fault, path, strerror(ENOTDIR));
		return (mode & 077) != 0 || check_folder(path, mode, owner, fault);
	}
	if (errno != ENOENT)
		return fail(fault, path, strerror(errno));
	snprintf(folder, sizeof(folder), "%s", path);
	if (!strrchr(folder, '/'))
		return true;
	*strrchr(folder, '/') = '\0';
	return folder[0] == '\0' || (stat(folder, &about) == 0 && S_ISDIR(about.st_mode)) ||
	       fail(fault, path, "the folder above it is not there");
}
