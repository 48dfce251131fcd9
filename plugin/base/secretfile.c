/* SPDX-License-Identifier: MIT */
/* Whether a file that holds secrets is kept from everybody else. */
#include "base/secretfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum secretfile secretfile_look(const char *path, uid_t owner, const char **fault)
{
	struct stat about;

	*fault = NULL;
	if (stat(path, &about) != 0) {
		*fault = strerror(errno);
		return SECRETFILE_ABSENT;
	}
	if (!S_ISREG(about.st_mode))
		*fault = "is not a regular file";
	else if (about.st_mode & (S_IROTH | S_IWOTH))
		*fault = "can be read or written by everybody: chmod 600";
	else if (about.st_mode & (S_IRGRP | S_IWGRP))
		*fault = "can be read or written by its group: chmod 600";
	else if (about.st_uid != 0 && about.st_uid != geteuid() && about.st_uid != owner)
		*fault = "belongs to another user";
	return *fault ? SECRETFILE_EXPOSED : SECRETFILE_FINE;
}
