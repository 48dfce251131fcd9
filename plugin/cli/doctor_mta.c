/* SPDX-License-Identifier: MIT */
/* Exim and sendmail: have they our patch, and does a listener let them in? */
#include "cli/doctor_mta.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "cli/doctor_sasl.h"

/* Octets that only the patched programs have: a macro that packaging/mta/exim-*.patch adds, and a
 * reply that packaging/mta/sendmail-8.patch adds. */
#define EXIM_MARK     "_HAVE_AUTH_CLIENT_REPLY"
#define SENDMAIL_MARK "454 4.7.0 Temporary authentication failure"
/* A sendmail that was built with SASL has it; other MTAs install a program of that name too. */
#define SENDMAIL_SASL "535 5.7.0 authentication failed"

/* The first of the paths that is there; null if none is. */
static const char *first_there(const struct doctor_facts *facts, const char *const *paths)
{
	struct stat found;

	for (; *paths; paths++) {
		if (doctor_root_stat(&facts->root, *paths, &found))
			return *paths;
	}
	return NULL;
}

static bool first_user(const struct doctor_facts *facts, const char *const *names,
		       struct doctor_user *user)
{
	for (; *names; names++) {
		if (doctor_root_user(&facts->root, *names, user))
			return true;
	}
	return false;
}

/* Without a file that names one: some listener has to let the user in. */
static void find_open_listener(struct doctor_facts *facts, const char *program,
			       const struct doctor_user *user)
{
	struct doctor_stop stop;
	const char *listener, *last = NULL;
	size_t at = 0;

	while ((listener = doctor_facts_listener(facts, &at))) {
		if (doctor_root_reach(&facts->root, user, listener, 2, &stop)) {
			doctor_report_add(&facts->report, DOCTOR_WELL, "%s (user %s) may use %s",
					  program, user->name, listener);
			return;
		}
		if (stop.hidden) {
			doctor_report_add(&facts->report, DOCTOR_NOTE,
					  "%s cannot be looked at; run this as root", stop.path);
			return;
		}
		last = listener;
	}
	if (!last)
		return;
	doctor_report_add(&facts->report, DOCTOR_WRONG, "no listener lets %s (user %s) in", program,
			  user->name);
	doctor_report_mend(
	    &facts->report,
	    "editor %s   # listener \"/run/sasl-reason/auth\" { group = \"%s\" mode = 0660 }; "
	    "then: sasl-reason reload",
	    facts->config_path, doctor_root_group(&facts->root, user->groups[0]));
}

/* ---- Exim ---- */

void doctor_mta_exim(struct doctor_facts *facts)
{
	static const char *const programs[] = {"/usr/sbin/exim4", "/usr/sbin/exim",
					       "/usr/exim/bin/exim", NULL};
	static const char *const configs[] = {"/etc/sasl2/exim.conf", "/usr/lib/sasl2/exim.conf",
					      "/usr/lib64/sasl2/exim.conf", NULL};
	static const char *const names[] = {"Debian-exim", "exim", "mail", NULL};
	const char *program = first_there(facts, programs), *config = first_there(facts, configs);
	struct doctor_user user;
	bool patched, plugin;

	if (!program) {
		doctor_report_add(&facts->report, DOCTOR_NOTE, "Exim is not here");
		return;
	}
	plugin = config && doctor_sasl_is_ours(facts, config);
	patched = doctor_root_has(&facts->root, program, EXIM_MARK);
	if (patched) {
		doctor_report_add(&facts->report, DOCTOR_WELL,
				  "%s has our patch: the full text everywhere", program);
	} else {
		doctor_report_add(
		    &facts->report, DOCTOR_LESS, "%s has not our patch: %s", program,
		    plugin ? "a client sees Exim's own text only"
			   : "the full text for AUTH PLAIN with an initial response only, and "
			     "with our ACL");
		doctor_report_mend(
		    &facts->report,
		    "less /usr/share/doc/sasl-reason/mta/README   # \"Exim with our patch\", "
		    "exim-*.patch%s",
		    plugin ? "; or \"Exim, stock\", exim/sasl-reason-acl.conf" : "");
	}
	if (!first_user(facts, names, &user))
		doctor_report_add(&facts->report, DOCTOR_NOTE, "Exim's user is not known");
	else if (plugin)
		doctor_sasl_judge(facts, &(struct doctor_sasl){"Exim", config, NULL, NULL, &user});
	else
		find_open_listener(facts, "Exim", &user);
}

/* ---- sendmail ---- */

/* RunAsUser of sendmail.cf ("O RunAsUser=smmta:smmsp"); root if there is none. */
static void sendmail_user(const struct doctor_facts *facts, struct doctor_user *user)
{
	static const char option[] = "O RunAsUser=";
	char *text = doctor_root_read(&facts->root, "/etc/mail/sendmail.cf");
	struct span rest = span_of(text), line, name;
	char named[64] = "root";

	while (span_take_until(&rest, '\n', &line)) {
		if (line.len < sizeof(option) - 1 ||
		    memcmp(line.at, option, sizeof(option) - 1) != 0)
			continue;
		line = (struct span){line.at + sizeof(option) - 1, line.len - (sizeof(option) - 1)};
		span_take_until(&line, ':', &name);
		snprintf(named, sizeof(named), "%.*s", (int)name.len, name.at);
	}
	free(text);
	if (!doctor_root_user(&facts->root, named, user))
		*user = (struct doctor_user){.name = "root", .group_count = 1};
}

void doctor_mta_sendmail(struct doctor_facts *facts)
{
	static const char *const programs[] = {
	    "/usr/lib/sm.bin/sendmail", "/usr/libexec/sm.bin/sendmail",
	    "/usr/sbin/sendmail.sendmail", "/usr/sbin/sendmail", NULL};
	static const char *const configs[] = {
	    "/etc/sasl2/Sendmail.conf", "/usr/lib/sasl2/Sendmail.conf",
	    "/etc/mail/sasl/Sendmail.conf.2", "/usr/lib64/sasl2/Sendmail.conf", NULL};
	const char *program = first_there(facts, programs), *config = first_there(facts, configs);
	struct doctor_user user;

	if (!program || !doctor_root_has(&facts->root, program, SENDMAIL_SASL)) {
		doctor_report_add(&facts->report, DOCTOR_NOTE, "sendmail is not here");
		return;
	}
	if (doctor_root_has(&facts->root, program, SENDMAIL_MARK)) {
		doctor_report_add(&facts->report, DOCTOR_WELL,
				  "%s has our patch: the full text everywhere", program);
	} else {
		doctor_report_add(
		    &facts->report, DOCTOR_LESS,
		    "%s has not our patch: every failure is \"535 5.7.0 authentication "
		    "failed\", a temporary one too",
		    program);
		doctor_report_mend(
		    &facts->report,
		    "less /usr/share/doc/sasl-reason/mta/README   # \"sendmail with our "
		    "patch\", sendmail-8.patch");
	}
	sendmail_user(facts, &user);
	if (config && doctor_sasl_is_ours(facts, config))
		doctor_sasl_judge(facts,
				  &(struct doctor_sasl){"sendmail", config, NULL, NULL, &user});
	else {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "no Sendmail.conf leads sendmail to us");
		doctor_report_mend(
		    &facts->report,
		    "install -D -m 644 /usr/share/doc/sasl-reason/mta/sendmail/Sendmail.conf "
		    "/etc/sasl2/Sendmail.conf");
	}
}
