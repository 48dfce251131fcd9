/* SPDX-License-Identifier: MIT */
/* libsasl2 in a mail server: its plugin folder, and the server's SASL configuration. */
#include "cli/doctor_sasl.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Of plugin/mta/option.c. */
#define SOCKET_DEFAULT "/run/sasl-reason/auth"

/* ---- the module ---- */

/* The plugin folders: each stands beside its libsasl2. Calls back with the folder, without the
 * root's. */
static void each_folder(const struct doctor_facts *facts,
			void (*found)(void *context, const char *folder), void *context)
{
	static const char *const places[] = {"/usr/lib/*/libsasl2.so.?", "/usr/lib64/libsasl2.so.?",
					     "/usr/lib/libsasl2.so.?",
					     "/usr/local/lib/libsasl2.so.?"};
	const size_t root = strlen(facts->root.folder);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char pattern[DOCTOR_ROOT_PATH];
		glob_t matches;

		if (!doctor_root_path(&facts->root, places[i], pattern) ||
		    glob(pattern, 0, NULL, &matches) != 0)
			continue;
		for (size_t j = 0; j < matches.gl_pathc; j++) {
			char folder[DOCTOR_ROOT_PATH];
			const char *path = matches.gl_pathv[j] + root;

			if (snprintf(folder, sizeof(folder), "%.*s/sasl2",
				     (int)(strrchr(path, '/') - path), path) < (int)sizeof(folder))
				found(context, folder);
		}
		globfree(&matches);
	}
}

struct module {
	const struct doctor_root *root;
	char path[DOCTOR_ROOT_PATH]; /* where it is, or should be */
	bool there, readable;
};

static void look_for_module(void *context, const char *folder)
{
	static const struct doctor_user anybody = {
	    .name = "anybody", .uid = (uid_t)-2, .groups = {(gid_t)-2}, .group_count = 1};
	struct module *module = context;
	char path[DOCTOR_ROOT_PATH];
	struct doctor_stop stop;

	if (module->readable ||
	    snprintf(path, sizeof(path), "%s/libreason.so", folder) >= (int)sizeof(path))
		return;
	if (doctor_root_reach(module->root, &anybody, path, 4, &stop))
		module->readable = true;
	if (module->readable || !stop.absent)
		module->there = true;
	else if (module->there || module->path[0])
		return;
	memcpy(module->path, path, strlen(path) + 1);
}

static struct module find_module(const struct doctor_facts *facts)
{
	struct module module = {.root = &facts->root};

	each_folder(facts, look_for_module, &module);
	return module;
}

void doctor_sasl_module(struct doctor_facts *facts)
{
	const struct module module = find_module(facts);
	struct doctor_report *report = &facts->report;

	if (!module.path[0]) {
		doctor_report_add(report, DOCTOR_NOTE, "libsasl2 is not here");
	} else if (module.readable) {
		doctor_report_add(report, DOCTOR_WELL, "%s is where libsasl2 looks", module.path);
	} else if (module.there) {
		doctor_report_add(report, DOCTOR_WRONG, "%s cannot be read by everybody",
				  module.path);
		doctor_report_mend(report, "chmod a+r %s", module.path);
	} else {
		doctor_report_add(report, DOCTOR_NOTE,
				  "there is no %s: only what comes through libsasl2 needs it",
				  module.path);
	}
}

/* ---- the configuration of a server ---- */

struct span doctor_sasl_option(struct span text, const char *key)
{
	struct span line, name;

	while (span_take_until(&text, '\n', &line)) {
		line = span_trim(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		span_take_until(&line, ':', &name);
		if (line.at && span_is(span_trim(name), key))
			return span_trim(line);
	}
	return SPAN_NONE;
}

bool doctor_sasl_is_ours(const struct doctor_facts *facts, const char *file)
{
	char *text = doctor_root_read(&facts->root, file);
	bool ours = text && (doctor_sasl_option(span_of(text), "reason_socket").at ||
			     doctor_sasl_option(span_of(text), "reason_mechs").at ||
			     span_list_has(doctor_sasl_option(span_of(text), "auxprop_plugin"),
					   span_of("reason")));

	free(text);
	return ours;
}

/* A line that is missing is added; one that is there is written anew. */
static void mend_option(struct doctor_facts *facts, const char *file, bool present, const char *key,
			const char *value)
{
	if (present)
		doctor_report_mend(&facts->report, "sed -i 's|^%s:.*|%s: %s|' %s", key, key, value,
				   file);
	else
		doctor_report_mend(&facts->report, "echo '%s: %s' >>%s", key, value, file);
}

static void judge_lines(struct doctor_facts *facts, const char *file, struct span text)
{
	const struct span mechanisms = doctor_sasl_option(text, "mech_list");
	const struct span auxprop = doctor_sasl_option(text, "auxprop_plugin");

	if (mechanisms.len == 0) {
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "%s has no mech_list: libsasl2's own PLAIN and LOGIN are offered beside ours",
		    file);
		mend_option(facts, file, mechanisms.at != NULL, "mech_list", "PLAIN LOGIN");
	}
	if (!span_is(auxprop, "reason")) {
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "%s has not \"auxprop_plugin: reason\": libsasl2 asks others for each name",
		    file);
		mend_option(facts, file, auxprop.at != NULL, "auxprop_plugin", "reason");
	}
	if (mechanisms.len > 0 && span_is(auxprop, "reason"))
		doctor_report_add(&facts->report, DOCTOR_WELL, "%s: mech_list and auxprop_plugin",
				  file);
}

/* The path of the socket, as somebody outside of a chroot calls it. */
static bool socket_path(const struct doctor_sasl *sasl, struct span option,
			char path[DOCTOR_ROOT_PATH])
{
	const char *folder = "";
	int length;

	if (option.at[0] != '/')
		folder = sasl->base;
	else if (sasl->chroot)
		folder = sasl->chroot;
	if (!folder)
		return false;
	length = snprintf(path, DOCTOR_ROOT_PATH, "%s%s%.*s", folder,
			  option.at[0] == '/' ? "" : "/", (int)option.len, option.at);
	return length > 0 && length < DOCTOR_ROOT_PATH;
}

/* How this server would name a listener; null if it cannot. */
static const char *name_of(const struct doctor_sasl *sasl, const char *listener)
{
	const size_t length = sasl->base ? strlen(sasl->base) : 0;

	if (length && strncmp(listener, sasl->base, length) == 0 && listener[length] == '/')
		return listener + length + 1;
	return sasl->chroot ? NULL : listener;
}

/* What reason_socket should say: a listener that lets this server in, or else the first that it can
 * name. */
static void mend_socket(struct doctor_facts *facts, const struct doctor_sasl *sasl, bool present)
{
	const char *listener, *best = NULL;
	struct doctor_stop stop;
	size_t at = 0;

	while ((listener = doctor_facts_listener(facts, &at))) {
		const char *name = name_of(sasl, listener);

		if (name && doctor_root_reach(&facts->root, sasl->user, listener, 2, &stop)) {
			mend_option(facts, sasl->file, present, "reason_socket", name);
			return;
		}
		if (!best)
			best = name;
	}
	if (best)
		mend_option(facts, sasl->file, present, "reason_socket", best);
	else
		doctor_report_mend(&facts->report,
				   "editor %s   # listener \"%s/private/sasl-reason\"",
				   facts->config_path, sasl->base ? sasl->base : "");
}

bool doctor_sasl_judge(struct doctor_facts *facts, const struct doctor_sasl *sasl)
{
	char *text = doctor_root_read(&facts->root, sasl->file);
	char path[DOCTOR_ROOT_PATH];
	struct span option;
	bool set, leads = false;

	if (!text) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "%s cannot be read; run this as root", sasl->file);
		return false;
	}
	if (!find_module(facts).readable) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s uses libsasl2, but libreason.so is not among its plugins",
				  sasl->program);
		doctor_report_mend(&facts->report, "apt install libsasl2-modules-reason");
	}
	judge_lines(facts, sasl->file, span_of(text));
	option = doctor_sasl_option(span_of(text), "reason_socket");
	set = option.len > 0;
	if (!set)
		option = span_of(SOCKET_DEFAULT);
	if (facts->config &&
	    (!socket_path(sasl, option, path) || !doctor_facts_listens(facts, path))) {
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%s: reason_socket leads %s to \"%.*s\"%s%s, which is no "
				  "listener of the daemon",
				  sasl->file, sasl->program, (int)option.len,
				  option.at ? option.at : "", sasl->chroot ? " in the chroot " : "",
				  sasl->chroot ? sasl->chroot : "");
		mend_socket(facts, sasl, set);
	} else if (facts->config) {
		leads = doctor_facts_admits(facts, path, sasl->program, sasl->user);
	}
	free(text);
	return leads;
}
