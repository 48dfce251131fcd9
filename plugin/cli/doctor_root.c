/* SPDX-License-Identifier: MIT */
/* The files and users that the doctor looks at: the system's, or those below another root folder.
 */
#include "cli/doctor_root.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf_read.h"

bool doctor_root_path(const struct doctor_root *root, const char *path, char full[DOCTOR_ROOT_PATH])
{
	int length = snprintf(full, DOCTOR_ROOT_PATH, "%s%s", root->folder, path);

	return length > 0 && length < DOCTOR_ROOT_PATH;
}

bool doctor_root_stat(const struct doctor_root *root, const char *path, struct stat *found)
{
	char full[DOCTOR_ROOT_PATH];

	errno = ENAMETOOLONG;
	return doctor_root_path(root, path, full) && stat(full, found) == 0;
}

char *doctor_root_read(const struct doctor_root *root, const char *path)
{
	char full[DOCTOR_ROOT_PATH];
	struct stat found;
	const char *why;
	size_t length;

	/* conf_read() gives its reason in words; here errno counts. */
	if (!doctor_root_stat(root, path, &found) || !doctor_root_path(root, path, full) ||
	    access(full, R_OK) != 0)
		return NULL;
	errno = EINVAL;
	return conf_read(full, &length, &why);
}

bool doctor_root_has(const struct doctor_root *root, const char *path, const char *octets)
{
	char full[DOCTOR_ROOT_PATH];
	struct stat found;
	void *text = MAP_FAILED;
	bool has = false;
	int fd;

	if (!doctor_root_path(root, path, full))
		return false;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_size > 0)
		text = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text != MAP_FAILED) {
		has = memmem(text, (size_t)found.st_size, octets, strlen(octets)) != NULL;
		munmap(text, (size_t)found.st_size);
	}
	close(fd);
	return has;
}

/* ---- users and groups ---- */

static FILE *open_list(const struct doctor_root *root, const char *path)
{
	char full[DOCTOR_ROOT_PATH];

	return doctor_root_path(root, path, full) ? fopen(full, "re") : NULL;
}

static void take_user(struct doctor_user *user, const struct passwd *found)
{
	struct buf name = BUF_ON(user->name);

	buf_put_text(&name, found->pw_name);
	buf_put_char(&name, '\0');
	user->uid = found->pw_uid;
	user->groups[0] = found->pw_gid;
	user->group_count = 1;
}

static void take_groups(const struct doctor_root *root, struct doctor_user *user)
{
	FILE *list = open_list(root, "/etc/group");
	const struct group *group;

	while (list && (group = fgetgrent(list)) && user->group_count < DOCTOR_ROOT_GROUPS) {
		for (char **member = group->gr_mem; *member; member++) {
			if (strcmp(*member, user->name) == 0)
				user->groups[user->group_count++] = group->gr_gid;
			if (user->group_count == DOCTOR_ROOT_GROUPS)
				break;
		}
	}
	if (list)
		fclose(list);
}

static bool find_listed(const struct doctor_root *root, const char *name, struct doctor_user *user)
{
	FILE *list = open_list(root, "/etc/passwd");
	const struct passwd *found = NULL;

	while (list && (found = fgetpwent(list))) {
		if (strcmp(found->pw_name, name) == 0)
			break;
	}
	if (found)
		take_user(user, found);
	if (list)
		fclose(list);
	if (found)
		take_groups(root, user);
	return found != NULL;
}

bool doctor_root_user(const struct doctor_root *root, const char *name, struct doctor_user *user)
{
	const struct passwd *found;
	int count = DOCTOR_ROOT_GROUPS;

	if (strlen(name) >= sizeof(user->name))
		return false;
	if (root->folder[0])
		return find_listed(root, name, user);
	found = getpwnam(name);
	if (!found)
		return false;
	take_user(user, found);
	if (getgrouplist(user->name, user->groups[0], user->groups, &count) >= 0)
		user->group_count = count;
	return true;
}

const char *doctor_root_owner(const struct doctor_root *root, uid_t uid)
{
	static char text[64];
	FILE *list = root->folder[0] ? open_list(root, "/etc/passwd") : NULL;
	const struct passwd *found = root->folder[0] ? NULL : getpwuid(uid);

	while (list && (found = fgetpwent(list)) && found->pw_uid != uid)
		;
	if (found)
		snprintf(text, sizeof(text), "%s", found->pw_name);
	else
		snprintf(text, sizeof(text), "%lu", (unsigned long)uid);
	if (list)
		fclose(list);
	return text;
}

const char *doctor_root_group(const struct doctor_root *root, gid_t gid)
{
	static char text[64];
	FILE *list = root->folder[0] ? open_list(root, "/etc/group") : NULL;
	const struct group *found = root->folder[0] ? NULL : getgrgid(gid);

	while (list && (found = fgetgrent(list)) && found->gr_gid != gid)
		;
	if (found)
		snprintf(text, sizeof(text), "%s", found->gr_name);
	else
		snprintf(text, sizeof(text), "%lu", (unsigned long)gid);
	if (list)
		fclose(list);
	return text;
}

/* ---- who gets where ---- */

static bool allowed(const struct doctor_user *user, const struct stat *found, unsigned bits)
{
	if (user->uid == 0)
		return true;
	if (found->st_uid == user->uid)
		return ((found->st_mode >> 6) & bits) == bits;
	for (int i = 0; i < user->group_count; i++) {
		if (found->st_gid == user->groups[i])
			return ((found->st_mode >> 3) & bits) == bits;
	}
	return (found->st_mode & bits) == bits;
}

static bool has_list(const struct doctor_root *root, const char *path)
{
	char full[DOCTOR_ROOT_PATH];

	return doctor_root_path(root, path, full) &&
	       getxattr(full, "system.posix_acl_access", NULL, 0) > 0;
}

/* stop->path is what is looked at; true if the user may go on. */
static bool pass(const struct doctor_root *root, const struct doctor_user *user, unsigned bits,
		 struct doctor_stop *stop)
{
	if (!doctor_root_stat(root, stop->path, &stop->stat)) {
		stop->absent = true;
		stop->hidden = errno == EACCES;
		return false;
	}
	return allowed(user, &stop->stat, bits) || has_list(root, stop->path);
}

bool doctor_root_reach(const struct doctor_root *root, const struct doctor_user *user,
		       const char *path, unsigned bits, struct doctor_stop *stop)
{
	const size_t length = strlen(path);

	*stop = (struct doctor_stop){.path = ""};
	if (path[0] != '/' || length >= sizeof(stop->path))
		return false;
	for (size_t i = 1; i < length; i++) {
		if (path[i] != '/')
			continue;
		memcpy(stop->path, path, i);
		stop->path[i] = '\0';
		if (!pass(root, user, 1, stop))
			return false;
	}
	memcpy(stop->path, path, length + 1);
	return pass(root, user, bits, stop);
}
