/* SPDX-License-Identifier: MIT */
/* sasl-reason doctor: finds what is usually wrong, and says which command mends it. */
#include "cli/doctor.h"

#include <string.h>

#include "cli/doctor_clock.h"
#include "cli/doctor_daemon.h"
#include "cli/doctor_files.h"
#include "cli/doctor_mta.h"
#include "cli/doctor_postfix.h"
#include "cli/doctor_sasl.h"
#include "cli/doctor_stores.h"
#include "cli/field.h"
#include "cli/say.h"

const struct cli_option doctor_options[] = {
    {"config", "FILE", "-c: the daemon's configuration, if not the one it names itself"},
    {"root", "FOLDER", "look at the system below this folder"},
    {NULL, NULL, NULL}};

static const struct {
	const char *name;
	void (*check)(struct doctor_facts *facts);
} checks[] = {{"configuration", doctor_daemon_configuration},
	      {"backends", doctor_daemon_backends},
	      {"stores", doctor_stores_check},
	      {"listeners", doctor_files_listeners},
	      {"state", doctor_files_state},
	      {"shadow", doctor_files_shadow},
	      {"clock", doctor_clock_check},
	      {"certificates", doctor_clock_certificates},
	      {"libsasl2", doctor_sasl_module},
	      {"postfix", doctor_postfix_check},
	      {"exim", doctor_mta_exim},
	      {"sendmail", doctor_mta_sendmail}};

static enum cli_exit examine(struct doctor_facts *facts, const char *config)
{
	enum cli_exit status;

	facts->report.check = "daemon";
	facts->config_path = config ? config : SYSCONFDIR "/sasl-reason.conf";
	status = doctor_daemon_ask(facts);
	if (!config && field_text(facts->status, "config"))
		facts->config_path = field_text(facts->status, "config");
	if (!facts->config)
		doctor_daemon_guess(facts);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		facts->report.check = checks[i].name;
		checks[i].check(facts);
	}
	if (status != CLI_DONE)
		return status;
	return facts->report.wrong ? CLI_CONFIGURATION : CLI_DONE;
}

static void show(const struct cli *cli, const struct doctor_facts *facts, enum cli_exit status)
{
	json_t *answer;

	if (!cli->json) {
		doctor_report_print(&facts->report, stdout);
		return;
	}
	answer = doctor_report_json(&facts->report, status);
	say_json(answer);
	json_decref(answer);
}

enum cli_exit doctor_run(const struct cli *cli, const struct args *args)
{
	const char *folder = args_value(args, "root");
	struct doctor_facts facts = {.root = {folder && strcmp(folder, "/") != 0 ? folder : ""},
				     .socket = cli->socket};
	enum cli_exit status;

	if (args->count > 0)
		return say_fault(cli, CLI_USAGE, "doctor takes no words");
	if (!doctor_report_open(&facts.report))
		return say_fault(cli, CLI_CANNOT_TELL, "no memory");
	status = examine(&facts, args_value(args, "config"));
	show(cli, &facts, status);
	json_decref(facts.status);
	json_decref(facts.config);
	doctor_report_close(&facts.report);
	return status;
}
