/* SPDX-License-Identifier: MIT */
/* What the daemon keeps and reads: listeners' sockets, state directory, key, shadow passwords. */
#include "cli/doctor_files.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/field.h"

/* What packaging/systemd/sasl-reason.service lets the daemon write. */
#define STATE_DIRECTORY "/var/lib/sasl-reason"

/* ---- listeners ---- */

static void check_listener(struct doctor_facts *facts, const char *path)
{
	struct stat found;

	if (!doctor_root_stat(&facts->root, path, &found)) {
		if (errno == EACCES) {
			doctor_report_add(&facts->report, DOCTOR_NOTE,
					  "%s cannot be looked at; run this as root", path);
			return;
		}
		doctor_report_add(&facts->report, facts->status ? DOCTOR_WRONG : DOCTOR_NOTE,
				  "the listener %s is not there%s", path,
				  facts->status ? ": somebody has removed the file" : "");
		doctor_report_mend(&facts->report, "systemctl restart sasl-reason");
	} else if (!S_ISSOCK(found.st_mode)) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "%s is no socket", path);
		doctor_report_mend(&facts->report, "rm %s && systemctl restart sasl-reason", path);
	} else if (found.st_mode & S_IWOTH) {
		/* Whoever can open it can try passwords, as any client; only faster. */
		doctor_report_add(&facts->report, DOCTOR_LESS,
				  "everybody on this machine may use %s", path);
		doctor_report_mend(
		    &facts->report,
		    "editor %s   # listener \"%s\": group, mode = 0660; then: sasl-reason reload",
		    facts->config_path, path);
	} else {
		doctor_report_add(&facts->report, DOCTOR_WELL, "the listener %s is there", path);
	}
}

void doctor_files_listeners(struct doctor_facts *facts)
{
	const char *path;
	size_t at = 0;

	if (!facts->config)
		doctor_report_add(&facts->report, DOCTOR_NOTE, "not looked at: they are not known");
	while ((path = doctor_facts_listener(facts, &at)))
		check_listener(facts, path);
}

/* ---- state and key ---- */

const char *doctor_files_room(uint64_t octets_free, uint64_t files, uint64_t files_free)
{
	if (octets_free < DOCTOR_FILES_DISK_LOW)
		return "the disk is nearly full";
	/* Some file systems count no files. */
	if (files > 0 && files_free == 0)
		return "no more files fit on the disk";
	return NULL;
}

static void check_room(struct doctor_facts *facts, const char *directory)
{
	char full[DOCTOR_ROOT_PATH];
	struct statvfs disk;
	const char *wrong;

	if (!doctor_root_path(&facts->root, directory, full) || statvfs(full, &disk) != 0)
		return;
	wrong =
	    doctor_files_room((uint64_t)disk.f_bavail * disk.f_frsize, disk.f_files, disk.f_favail);
	if (!wrong) {
		doctor_report_add(&facts->report, DOCTOR_WELL, "%s has room", directory);
		return;
	}
	doctor_report_add(&facts->report, DOCTOR_WRONG, "%s: %s", directory, wrong);
	doctor_report_mend(&facts->report, "df -h %s; df -i %s", directory, directory);
}

/* As after a restore or a sqlite3 of root's: the worker could not open them. */
static void check_stores(struct doctor_facts *facts, const char *directory,
			 const struct doctor_user *user)
{
	static const char *const names[] = {"credentials.sqlite",     "credentials.sqlite-wal",
					    "credentials.sqlite-shm", "incidents.sqlite",
					    "incidents.sqlite-wal",   "incidents.sqlite-shm"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[DOCTOR_ROOT_PATH];
		struct stat found;

		if (snprintf(path, sizeof(path), "%s/%s", directory, names[i]) >=
			(int)sizeof(path) ||
		    !doctor_root_stat(&facts->root, path, &found) || found.st_uid == user->uid)
			continue;
		doctor_report_add(&facts->report, DOCTOR_WRONG, "%s belongs to %s, not to %s", path,
				  doctor_root_owner(&facts->root, found.st_uid), user->name);
		doctor_report_mend(&facts->report, "chown %s: %s", user->name, path);
	}
}

/* Under the shipped unit no daemon can make it, and one that runs does not see it when it is made.
 */
static void report_absent(struct doctor_facts *facts, const char *directory, const char *user)
{
	if (errno == EACCES) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "%s cannot be looked at; run this as root", directory);
		return;
	}
	doctor_report_add(&facts->report, facts->status ? DOCTOR_WRONG : DOCTOR_NOTE,
			  "%s is not there: app passwords and locks have no place", directory);
	doctor_report_mend(
	    &facts->report, "install -d -m 0700 -o %s %s && systemctl restart sasl-reason%s", user,
	    directory,
	    strcmp(directory, STATE_DIRECTORY) == 0
		? ""
		: "   # in its unit it needs a ReadWritePaths line: systemctl edit sasl-reason");
}

static void check_directory(struct doctor_facts *facts, const char *directory)
{
	struct doctor_user user;
	const bool named = doctor_facts_user(facts, &user);
	struct stat found;

	if (!doctor_root_stat(&facts->root, directory, &found)) {
		report_absent(facts, directory, user.name);
		return;
	}
	if (!S_ISDIR(found.st_mode)) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "%s is no folder", directory);
		doctor_report_mend(&facts->report, "editor %s   # state_directory",
				   facts->config_path);
	} else if (named && found.st_uid != user.uid) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s belongs to %s, not to %s, whom the daemon works as",
				  directory, doctor_root_owner(&facts->root, found.st_uid),
				  user.name);
		doctor_report_mend(&facts->report, "chown -R %s: %s", user.name, directory);
	} else if (found.st_mode & 077) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s is open to others: it has mode %04o", directory,
				  (unsigned)(found.st_mode & 07777));
		doctor_report_mend(&facts->report, "chmod 0700 %s", directory);
	} else {
		doctor_report_add(&facts->report, DOCTOR_WELL, "%s is the daemon's alone",
				  directory);
	}
	if (named)
		check_stores(facts, directory, &user);
	check_room(facts, directory);
}

/* With a new key nothing can be checked that was made with the old one. */
static void report_no_key(struct doctor_facts *facts, const char *key, const char *directory)
{
	char stored[DOCTOR_ROOT_PATH];
	struct stat found;

	if (errno == EACCES) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "%s cannot be looked at; run this as root", key);
		return;
	}
	doctor_report_add(
	    &facts->report, DOCTOR_WRONG,
	    "key_file %s is not there: no app password can be checked without the key "
	    "it was made with. Restore it from a backup, or with a new key all of "
	    "them have to be made anew",
	    key);
	snprintf(stored, sizeof(stored), "%s/credentials.sqlite", directory ? directory : "");
	if (directory && doctor_root_stat(&facts->root, stored, &found))
		doctor_report_mend(
		    &facts->report,
		    "systemctl stop sasl-reason; mkdir -p %s/old && mv %s* %s/old && (umask 077; "
		    "head -c 32 /dev/urandom >%s) && systemctl start sasl-reason   # only if there "
		    "is no backup",
		    directory, stored, directory, key);
	else
		doctor_report_mend(&facts->report,
				   "(umask 077; head -c 32 /dev/urandom >%s) && systemctl restart "
				   "sasl-reason   # only if there is no backup",
				   key);
}

static void check_key(struct doctor_facts *facts, const char *key, const char *directory)
{
	struct doctor_user user;
	struct stat found;

	doctor_facts_user(facts, &user);
	if (!doctor_root_stat(&facts->root, key, &found)) {
		report_no_key(facts, key, directory);
	} else if (!S_ISREG(found.st_mode) || found.st_size < 16) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "key_file %s is no file of 16 octets or more", key);
		doctor_report_mend(&facts->report,
				   "mv %s %s.bad && (umask 077; head -c 32 /dev/urandom >%s) && "
				   "systemctl restart sasl-reason",
				   key, key, key);
	} else if (found.st_mode & 077) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "key_file %s is open to others: it has mode %04o", key,
				  (unsigned)(found.st_mode & 07777));
		doctor_report_mend(&facts->report, "chmod 0600 %s", key);
	} else if (found.st_uid != 0 && found.st_uid != user.uid) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "key_file %s belongs to %s, neither to root nor to the daemon",
				  key, doctor_root_owner(&facts->root, found.st_uid));
		doctor_report_mend(&facts->report, "chown root: %s", key);
	} else {
		doctor_report_add(&facts->report, DOCTOR_WELL, "key_file %s is the daemon's alone",
				  key);
	}
}

void doctor_files_state(struct doctor_facts *facts)
{
	const char *directory = field_text(facts->status, "state_directory");
	const char *key = field_text(facts->config, "key_file");
	char own[DOCTOR_ROOT_PATH];

	if (!facts->config) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "not looked at: the places are not known");
		return;
	}
	if (!directory)
		directory = field_text(facts->config, "state_directory");
	if (directory) {
		check_directory(facts, directory);
		/* The daemon makes this one at its first start. */
		if (!key && facts->status &&
		    snprintf(own, sizeof(own), "%s/key", directory) < (int)sizeof(own))
			key = own;
	} else {
		doctor_report_add(
		    &facts->report, DOCTOR_LESS,
		    "there is no state_directory: no app passwords, and a restart forgets locks "
		    "and incidents");
		doctor_report_mend(&facts->report, "editor %s   # state_directory",
				   facts->config_path);
	}
	if (key)
		check_key(facts, key, directory);
}

/* ---- shadow ---- */

static bool has_backend(const struct doctor_facts *facts, const char *type)
{
	json_t *backend;
	size_t i;

	json_array_foreach(json_object_get(facts->config, "backends"), i, backend)
	{
		const char *other = field_text(backend, "type");

		if (other && strcmp(other, type) == 0)
			return true;
	}
	return false;
}

void doctor_files_shadow(struct doctor_facts *facts)
{
	const char *name = field_text(facts->config, "user");
	struct doctor_user user;
	struct doctor_stop stop;
	bool group;

	if (!has_backend(facts, "passwd"))
		return;
	if (name && !doctor_root_user(&facts->root, name, &user)) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "there is no user \"%s\"", name);
		doctor_report_mend(&facts->report, "adduser --system --group --no-create-home %s",
				   name);
		return;
	}
	if (!name || doctor_root_reach(&facts->root, &user, "/etc/shadow", 4, &stop)) {
		doctor_report_add(&facts->report, DOCTOR_WELL, "the daemon may read /etc/shadow");
		return;
	}
	doctor_report_add(&facts->report, DOCTOR_WRONG,
			  "%s may not read /etc/shadow: nobody of backend_passwd can log in", name);
	group = (stop.stat.st_mode & S_IRGRP) &&
		strcmp(doctor_root_group(&facts->root, stop.stat.st_gid), "shadow") == 0;
	doctor_report_mend(&facts->report, "%sadduser %s shadow && systemctl restart sasl-reason",
			   group ? "" : "chgrp shadow /etc/shadow && chmod 0640 /etc/shadow && ",
			   name);
}
