/* SPDX-License-Identifier: MIT */
/* Postfix: do its services that offer AUTH reach a listener, in the chroot or without one? */
#include "cli/doctor_postfix.h"

#include <string.h>

#include "cli/doctor_command.h"
#include "cli/doctor_sasl.h"

#define PRINTED_MAX (256 * 1024)
#define SUBMISSION  "submission/inet"

/* One service under the lens. */
struct service {
	const struct doctor_postfix *postfix;
	struct span name; /* "submission/inet" */
	bool chrooted;
	const char *queue; /* queue_directory */
	struct doctor_user user;
};

/* ---- what postconf printed ---- */

/* The value behind "key = "; absent if no line has the key. */
static struct span value_of(struct span text, struct span key)
{
	struct span line, name;

	while (span_take_until(&text, '\n', &line)) {
		span_take_until(&line, '=', &name);
		if (line.at && span_equal(span_trim(name), key))
			return span_trim(line);
	}
	return SPAN_NONE;
}

struct span doctor_postfix_parameter(const struct doctor_postfix *postfix, const char *name)
{
	return value_of(postfix->main, span_of(name));
}

struct span doctor_postfix_option(const struct doctor_postfix *postfix, struct span service,
				  const char *name)
{
	char text[256];
	struct buf key = BUF_ON(text);
	struct span value;

	buf_put_span(&key, service);
	buf_put_char(&key, '/');
	buf_put_text(&key, name);
	value = key.failed ? SPAN_NONE : value_of(postfix->options, buf_span(&key));
	return value.at ? value : doctor_postfix_parameter(postfix, name);
}

bool doctor_postfix_default_chroot(struct span compatibility_level)
{
	struct span number = compatibility_level;
	uint64_t level = 0;

	span_take_until(&compatibility_level, '.', &number);
	return !span_take_number(number, UINT32_MAX, &level) || level == 0;
}

/* A column of master.cf: columns are parted by any number of blanks. */
static struct span take_column(struct span *line)
{
	struct span column = SPAN_NONE;

	do {
		if (!span_take_until(line, ' ', &column))
			return SPAN_NONE;
	} while (column.len == 0);
	return column;
}

bool doctor_postfix_take_smtpd(const struct doctor_postfix *postfix, struct span *master,
			       struct buf *service, bool *chrooted)
{
	struct span line, columns[8];

	while (span_take_until(master, '\n', &line)) {
		for (size_t i = 0; i < 8; i++)
			columns[i] = take_column(&line);
		if (!span_is(columns[7], "smtpd"))
			continue;
		service->len = 0;
		buf_put_span(service, columns[0]);
		buf_put_char(service, '/');
		buf_put_span(service, columns[1]);
		*chrooted = span_is(columns[4], "-")
				? doctor_postfix_default_chroot(
				      doctor_postfix_parameter(postfix, "compatibility_level"))
				: span_is(columns[4], "y");
		return !service->failed;
	}
	return false;
}

/* ---- one service ---- */

/* The listener that is inside of the queue directory, as Postfix names it; null if there is none.
 */
static const char *listener_inside(const struct doctor_facts *facts, const char *queue)
{
	const size_t length = strlen(queue);
	const char *listener;
	size_t at = 0;

	while ((listener = doctor_facts_listener(facts, &at))) {
		if (strncmp(listener, queue, length) == 0 && listener[length] == '/')
			return listener + length + 1;
	}
	return NULL;
}

/* The service asks our listener, whatever main.cf has; where there is none inside it is made first.
 */
static void mend_path(struct doctor_facts *facts, const struct service *service)
{
	const char *inside = listener_inside(facts, service->queue);
	char listener[DOCTOR_ROOT_PATH + 256] = "";

	if (!inside)
		snprintf(listener, sizeof(listener),
			 "editor %s   # listener \"%s/private/sasl-reason\" { owner = \"postfix\" "
			 "group = \"postfix\" mode = 0660 }; then: sasl-reason reload && ",
			 facts->config_path, service->queue);
	doctor_report_mend(&facts->report,
			   "%spostconf -P '%.*s/smtpd_sasl_type=dovecot' '%.*s/smtpd_sasl_path=%s' "
			   "&& postfix reload",
			   listener, (int)service->name.len, service->name.at,
			   (int)service->name.len, service->name.at,
			   inside ? inside : "private/sasl-reason");
}

/* smtpd_sasl_type = dovecot: the path of the socket. */
static void check_path(struct doctor_facts *facts, const struct service *service, struct span path)
{
	char asked[DOCTOR_ROOT_PATH], full[DOCTOR_ROOT_PATH];
	const char *where = service->chrooted ? "chrooted" : "not chrooted";

	if (path.len > 5 && memcmp(path.at, "unix:", 5) == 0)
		path = (struct span){path.at + 5, path.len - 5};
	snprintf(asked, sizeof(asked), "%.*s", (int)path.len, path.at ? path.at : "");
	if (asked[0] == '/' && !service->chrooted)
		snprintf(full, sizeof(full), "%s", asked);
	else if (snprintf(full, sizeof(full), "%s%s%s", service->queue, asked[0] == '/' ? "" : "/",
			  asked) >= (int)sizeof(full))
		return;
	if (doctor_facts_listens(facts, full)) {
		char whose[300];

		snprintf(whose, sizeof(whose), "Postfix's %.*s (%s)", (int)service->name.len,
			 service->name.at, where);
		doctor_facts_admits(facts, full, whose, &service->user);
		return;
	}
	if (asked[0] == '/' && service->chrooted && doctor_facts_listens(facts, asked))
		doctor_report_add(&facts->report, DOCTOR_WRONG,
				  "%.*s runs in the chroot %s and cannot see the listener %s",
				  (int)service->name.len, service->name.at, service->queue, asked);
	else
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "%.*s (%s) has smtpd_sasl_path = %s, that is %s: no listener of the daemon",
		    (int)service->name.len, service->name.at, where, asked, full);
	mend_path(facts, service);
}

/* smtpd_sasl_type = cyrus: the SASL configuration. */
static void check_cyrus(struct doctor_facts *facts, const struct service *service, struct span name)
{
	static const char *const folders[] = {"/etc/postfix/sasl", "/usr/lib/sasl2", "/etc/sasl2"};
	struct span folder = doctor_postfix_parameter(service->postfix, "cyrus_sasl_config_path");
	char path[DOCTOR_ROOT_PATH];
	struct stat found;

	for (size_t i = 0; i <= sizeof(folders) / sizeof(folders[0]); i++) {
		struct span in = i == 0 ? folder : span_of(folders[i - 1]);

		snprintf(path, sizeof(path), "%.*s/%.*s.conf", (int)in.len, in.at ? in.at : "",
			 (int)name.len, name.at ? name.at : "");
		if (in.len > 0 && doctor_root_stat(&facts->root, path, &found)) {
			const struct doctor_sasl sasl = {"Postfix", path, service->queue,
							 service->chrooted ? service->queue : NULL,
							 &service->user};

			doctor_sasl_judge(facts, &sasl);
			doctor_report_add(
			    &facts->report, DOCTOR_LESS,
			    "%.*s asks through libsasl2: its replies have a fixed text for each "
			    "code, not ours",
			    (int)service->name.len, service->name.at);
			mend_path(facts, service);
			return;
		}
	}
	doctor_report_add(&facts->report, DOCTOR_WRONG,
			  "%.*s has smtpd_sasl_type = cyrus, and there is no %.*s.conf for it",
			  (int)service->name.len, service->name.at, (int)name.len,
			  name.at ? name.at : "");
	mend_path(facts, service);
}

/* True if it offers AUTH. */
static bool check_service(struct doctor_facts *facts, const struct service *service)
{
	const struct doctor_postfix *postfix = service->postfix;
	const struct span path = doctor_postfix_option(postfix, service->name, "smtpd_sasl_path");

	if (!span_equal_nocase(
		doctor_postfix_option(postfix, service->name, "smtpd_sasl_auth_enable"),
		span_of("yes")))
		return false;
	if (!span_is(doctor_postfix_option(postfix, service->name, "smtpd_sasl_type"), "dovecot"))
		check_cyrus(facts, service, path);
	else if (path.len > 5 && memcmp(path.at, "inet:", 5) == 0)
		doctor_report_add(&facts->report, DOCTOR_NOTE, "%.*s asks %.*s, which is not us",
				  (int)service->name.len, service->name.at, (int)path.len, path.at);
	else
		check_path(facts, service, path);
	if (span_is(service->name, "smtp/inet"))
		doctor_report_add(
		    &facts->report, DOCTOR_NOTE,
		    "AUTH is on for port 25 too, where no mail program needs it: while no daemon "
		    "listens, a smtpd with AUTH cannot start");
	return true;
}

/* ---- the check ---- */

/* Only what is needed: some of the rest would make it ask the DNS for a name of this machine. */
static bool ask_postconf(const char *folder, struct buf *main, struct buf *master,
			 struct buf *options)
{
	const char *const of_main[] = {"postconf",
				       "-c",
				       folder,
				       "-x",
				       "queue_directory",
				       "mail_owner",
				       "compatibility_level",
				       "smtpd_sasl_auth_enable",
				       "smtpd_sasl_type",
				       "smtpd_sasl_path",
				       "cyrus_sasl_config_path",
				       NULL};
	const char *const of_master[] = {"postconf", "-c", folder, "-M", NULL};
	const char *const of_options[] = {"postconf",
					  "-c",
					  folder,
					  "-x",
					  "-P",
					  "*/*/smtpd_sasl_auth_enable",
					  "*/*/smtpd_sasl_type",
					  "*/*/smtpd_sasl_path",
					  NULL};

	return doctor_command_run(of_main, main, NULL) == 0 &&
	       doctor_command_run(of_master, master, NULL) == 0 &&
	       doctor_command_run(of_options, options, NULL) == 0 && !main->failed &&
	       !master->failed && !options->failed;
}

/* Debian's master.cf has the submission service as a comment. */
static void report_no_auth(struct doctor_facts *facts, const struct service *service)
{
	const char *inside = listener_inside(facts, service->queue);
	bool there = false, chrooted;
	struct span master = service->postfix->master;
	char name[128];
	struct buf named = BUF_ON(name);

	doctor_report_add(&facts->report, inside ? DOCTOR_WRONG : DOCTOR_NOTE,
			  "no service of Postfix offers AUTH (smtpd_sasl_auth_enable)");
	if (!inside)
		return;
	while (doctor_postfix_take_smtpd(service->postfix, &master, &named, &chrooted))
		there = there || span_is(buf_span(&named), SUBMISSION);
	doctor_report_mend(&facts->report,
			   "%spostconf -P " SUBMISSION "/smtpd_sasl_auth_enable=yes " SUBMISSION
			   "/smtpd_sasl_type=dovecot " SUBMISSION
			   "/smtpd_sasl_path=%s && postfix reload",
			   there ? ""
				 : "postconf -M '" SUBMISSION
				   "=submission inet n - - - - smtpd' && postconf -P " SUBMISSION
				   "/smtpd_tls_security_level=encrypt && ",
			   inside);
}

static void check_services(struct doctor_facts *facts, const struct doctor_postfix *postfix)
{
	char queue[DOCTOR_ROOT_PATH], owner[64], name[128];
	const struct span queue_is = doctor_postfix_parameter(postfix, "queue_directory");
	const struct span owner_is = doctor_postfix_parameter(postfix, "mail_owner");
	struct service service = {.postfix = postfix, .queue = queue};
	struct span master = postfix->master;
	struct buf named = BUF_ON(name);
	bool offered = false;

	snprintf(queue, sizeof(queue), "%.*s", (int)queue_is.len, queue_is.at ? queue_is.at : "");
	snprintf(owner, sizeof(owner), "%.*s", (int)owner_is.len, owner_is.at ? owner_is.at : "");
	if (!doctor_root_user(&facts->root, owner, &service.user)) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "there is no user \"%s\" (mail_owner)", owner);
		return;
	}
	/* smtpd gives up every other group. */
	service.user.group_count = 1;
	while (doctor_postfix_take_smtpd(postfix, &master, &named, &service.chrooted)) {
		service.name = buf_span(&named);
		offered = check_service(facts, &service) || offered;
	}
	if (!offered)
		report_no_auth(facts, &service);
}

void doctor_postfix_check(struct doctor_facts *facts)
{
	static char main_text[PRINTED_MAX], master_text[PRINTED_MAX], option_text[PRINTED_MAX];
	struct buf main = BUF_ON(main_text), master = BUF_ON(master_text),
		   options = BUF_ON(option_text);
	char folder[DOCTOR_ROOT_PATH];
	struct stat found;

	if (!doctor_root_stat(&facts->root, "/etc/postfix/main.cf", &found) ||
	    !doctor_root_path(&facts->root, "/etc/postfix", folder)) {
		doctor_report_add(&facts->report, DOCTOR_NOTE, "Postfix is not here");
		return;
	}
	if (!facts->config) {
		doctor_report_add(&facts->report, DOCTOR_NOTE,
				  "Postfix was not looked at: the listeners are not known");
		return;
	}
	if (!ask_postconf(folder, &main, &master, &options)) {
		doctor_report_add(&facts->report, DOCTOR_WRONG, "postconf cannot read %s", folder);
		doctor_report_mend(&facts->report, "postfix check");
		return;
	}
	check_services(facts, &(struct doctor_postfix){buf_span(&main), buf_span(&master),
						       buf_span(&options)});
}
