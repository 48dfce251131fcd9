/* SPDX-License-Identifier: MIT */
/* The files and users that the doctor looks at: the system's, or those below another root folder.
 */
#ifndef CLI_DOCTOR_ROOT_H
#define CLI_DOCTOR_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define DOCTOR_ROOT_PATH   4096
#define DOCTOR_ROOT_GROUPS 64

struct doctor_root {
	const char *folder; /* "" for the system; else without a slash at its end */
};

struct doctor_user {
	char name[64];
	uid_t uid;
	gid_t groups[DOCTOR_ROOT_GROUPS]; /* the primary one first */
	int group_count;
};

/* Where somebody's way to a file ends. */
struct doctor_stop {
	char path[DOCTOR_ROOT_PATH]; /* without the root folder */
	bool absent;		     /* it is not there (or cannot be looked at by us: `hidden`) */
	bool hidden;
	struct stat stat; /* of what keeps them out, if it is there */
};

/* The path below the root folder. False if it does not fit. */
bool doctor_root_path(const struct doctor_root *root, const char *path,
		      char full[DOCTOR_ROOT_PATH]);

/* As stat(2), with errno. */
bool doctor_root_stat(const struct doctor_root *root, const char *path, struct stat *found);

/* The text of a regular file of at most 1 MiB; the caller frees it. Null with errno. */
char *doctor_root_read(const struct doctor_root *root, const char *path);

/* True if the file has these octets somewhere; false too if it cannot be read. */
bool doctor_root_has(const struct doctor_root *root, const char *path, const char *octets);

/* False if there is no such user. Looks into the root folder's etc/passwd and etc/group; for the
 * system asks getpwnam() and getgrouplist(), which may block. */
bool doctor_root_user(const struct doctor_root *root, const char *name, struct doctor_user *user);

/* Who owns what, for a sentence: a name or a number. Static storage, overwritten by the next call.
 */
const char *doctor_root_owner(const struct doctor_root *root, uid_t uid);
const char *doctor_root_group(const struct doctor_root *root, gid_t gid);

/* Whether the user gets to the path and may use it there (`bits`: 4 to read, 2 to write), by mode
 * and ownership; what has an access control list counts as open. False with `stop`. */
bool doctor_root_reach(const struct doctor_root *root, const struct doctor_user *user,
		       const char *path, unsigned bits, struct doctor_stop *stop);

#endif
