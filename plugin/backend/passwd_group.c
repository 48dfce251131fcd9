/* SPDX-License-Identifier: MIT */
/* Whether an account of the system belongs to a group, as its first one or another. */
#include "backend/passwd_group.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST 4096
#define TEXT_MAX   (16 << 20) /* of a group with very many members */
#define LIST_FIRST 64
#define LIST_MAX   65536

/* What getgrnam_r(3) returns without a group; as with accounts (backend_passwd.c). */
static bool is_absent(int error)
{
	return error == 0 || error == ESRCH;
}

static bool lists(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

/* 0, or errno; `*found` and what it says. */
static int find_group(const char *group, const char *name, bool *found, bool *listed, gid_t *gid)
{
	struct group entry, *hit = NULL;
	int error = ERANGE;

	for (size_t size = TEXT_FIRST; error == ERANGE && size <= TEXT_MAX; size *= 2) {
		char *text = malloc(size);

		if (!text)
			return ENOMEM;
		error = getgrnam_r(group, &entry, text, size, &hit);
		*found = hit;
		if (hit) {
			*gid = entry.gr_gid;
			*listed = lists(&entry, name);
		}
		free(text);
	}
	return *found || is_absent(error) ? 0 : error;
}

/* Groups that name no members know them all the same (a group of groups, a directory). */
static enum answer find_in_list(const char *name, gid_t first, gid_t gid)
{
	enum answer answer = CANNOT_TELL;

	for (int room = LIST_FIRST; answer == CANNOT_TELL && room <= LIST_MAX; room *= 4) {
		gid_t *list = calloc((size_t)room, sizeof(*list));
		int count = room;

		if (!list)
			return CANNOT_TELL;
		if (getgrouplist(name, first, list, &count) >= 0) {
			answer = NO;
			for (int i = 0; i < count; i++)
				if (list[i] == gid)
					answer = YES;
		}
		free(list);
	}
	return answer;
}

enum answer passwd_group_has(const char *group, const char *name, gid_t first, bool *absent,
			     int *error)
{
	bool found = false, listed = false;
	enum answer answer;
	gid_t gid = 0;

	*error = find_group(group, name, &found, &listed, &gid);
	*absent = *error == 0 && !found;
	if (*error)
		return CANNOT_TELL;
	if (!found)
		return NO;
	if (listed || gid == first)
		return YES;
	answer = find_in_list(name, first, gid);
	if (answer == CANNOT_TELL)
		*error = ENOMEM;
	return answer;
}
