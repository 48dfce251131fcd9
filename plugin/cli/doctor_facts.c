/* SPDX-License-Identifier: MIT */
/* What the checks of the doctor start from: what the daemon says of itself, and where to look. */
#include "cli/doctor_facts.h"

#include <string.h>

#include "cli/field.h"

const char *doctor_facts_listener(const struct doctor_facts *facts, size_t *at)
{
	const json_t *listeners = json_object_get(facts->config, "listeners");

	while (*at < json_array_size(listeners)) {
		const json_t *listener = json_array_get(listeners, (*at)++);
		const char *face = field_text(listener, "face");

		if (face && strcmp(face, "auth") == 0 && field_text(listener, "path"))
			return field_text(listener, "path");
	}
	return NULL;
}

static bool same_path(const char *a, const char *b)
{
	while (*a && *a == *b) {
		while (a[0] == '/' && a[1] == '/')
			a++;
		while (b[0] == '/' && b[1] == '/')
			b++;
		a++;
		b++;
	}
	return *a == *b;
}

bool doctor_facts_listens(const struct doctor_facts *facts, const char *path)
{
	const char *listener;
	size_t at = 0;

	while ((listener = doctor_facts_listener(facts, &at))) {
		if (same_path(listener, path))
			return true;
	}
	return false;
}

bool doctor_facts_user(const struct doctor_facts *facts, struct doctor_user *user)
{
	const char *name = field_text(facts->config, "user");

	if (name)
		return doctor_root_user(&facts->root, name, user);
	*user = (struct doctor_user){.name = "root", .group_count = 1};
	return false;
}

/* How the listener's group lets them in; what is in front of it is a matter for chmod. */
static void mend_stop(struct doctor_facts *facts, const char *path, const struct doctor_user *user,
		      const struct doctor_stop *stop)
{
	const bool listener = strcmp(stop->path, path) == 0;

	if (stop->absent && facts->status)
		doctor_report_mend(&facts->report, "systemctl restart sasl-reason");
	else if (stop->absent)
		doctor_report_mend(&facts->report, "systemctl start sasl-reason");
	else if (listener)
		doctor_report_mend(
		    &facts->report,
		    "editor %s   # listener \"%s\": group = \"%s\", mode = 0660; then: "
		    "sasl-reason reload",
		    facts->config_path, path, doctor_root_group(&facts->root, user->groups[0]));
	else
		doctor_report_mend(&facts->report, "chmod a+x %s", stop->path);
}

bool doctor_facts_admits(struct doctor_facts *facts, const char *path, const char *whose,
			 const struct doctor_user *user)
{
	struct doctor_stop stop;

	if (doctor_root_reach(&facts->root, user, path, 2, &stop)) {
		doctor_report_add(&facts->report, DOCTOR_WELL, "%s (user %s) may use %s", whose,
				  user->name, path);
		return true;
	}
	if (stop.hidden) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "%s cannot be looked at; run this as root", stop.path);
		return false;
	}
	if (stop.absent) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "%s, which %s needs, is not there",
				  stop.path, whose);
	} else {
		char group[64];

		snprintf(group, sizeof(group), "%s",
			 doctor_root_group(&facts->root, stop.stat.st_gid));
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "%s (user %s) may not use %s: %s has mode %04o, owner %s, group %s", whose,
		    user->name, path, stop.path, (unsigned)(stop.stat.st_mode & 07777),
		    doctor_root_owner(&facts->root, stop.stat.st_uid), group);
	}
	mend_stop(facts, path, user, &stop);
	return false;
}
