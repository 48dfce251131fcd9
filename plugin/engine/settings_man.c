/* SPDX-License-Identifier: MIT */
/* The man page of the config file, from the table of its keys. */
#include "engine/settings_man.h"

#include "base/conf_write.h"
#include "engine/settings_keys.h"

static const char man_head[] =
    ".\\\" SPDX-License-Identifier: MIT\n"
    ".\\\" Written by plugin/main_man from the table of keys: make update-man\n"
    ".TH SASL\\-REASON.CONF 5 2026-07-01 sasl\\-reason \"File formats\"\n"
    ".SH NAME\n"
    "sasl\\-reason.conf \\- configuration of sasl\\-reasond\n"
    ".SH DESCRIPTION\n"
    "The file names the sockets of\n"
    ".BR sasl\\-reasond (8),\n"
    "the backends that know the accounts, and the realms that use them.\n"
    ".PP\n"
    "A key is set as\n"
    ".IR \"key\" \" = \" \"value\" ,\n"
    "a list as\n"
    ".IR \"key\" \" = {\" \"value\" \", \" \"value\" \"}\" ,\n"
    "and a section is\n"
    ".IR \"name\" \" \\(dq\" \"title\" \"\\(dq { \" \"keys\" \" }\" .\n"
    "A value with blanks, braces, commas, quotes or a number sign stands in single\n"
    "or double quotes; inside double quotes a quote, a backslash and a dollar sign\n"
    "stand behind a backslash.\n"
    "Comments begin with # or // and end with the line, or stand between /* and */.\n"
    "Inside double quotes\n"
    ".BI ${ NAME }\n"
    "is the variable of that name in the environment of the daemon.\n"
    ".PP\n"
    ".BI \"include = {\\(dq\" path \"\\(dq}\"\n"
    "at the top reads other files too; a relative path is relative to the folder of\n"
    "the file that names it.\n"
    ".PP\n"
    "A time is a number with the suffix ms, s, min, h or d; without one it has the\n"
    "unit that its range is given in.\n"
    "A mode is octal.\n"
    "An unknown key, a key or section that stands twice, and a value out of its\n"
    "range are errors, told with file and line, and so is a file of secrets that its\n"
    "group or others can read or write.\n"
    ".B sasl\\-reasond \\-t\n"
    "checks the file;\n"
    ".B sasl\\-reasond \\-\\-print\\-config\n"
    "writes every key with the value that is in effect.\n"
    "On SIGHUP the daemon reads the file again and keeps the old settings if there\n"
    "is an error.\n"
    ".SH KEYS\n";

static const char man_foot[] = ".SH EXAMPLES\n"
			       "One realm with its accounts in a file, for Postfix:\n"
			       ".PP\n"
			       ".nf\n"
			       ".RS\n"
			       "default_realm = example.org\n"
			       "url = \\(dqhttps://example.org/mail\\(dq\n"
			       "listener \\(dq/var/spool/postfix/private/sasl\\-reason\\(dq {\n"
			       "        owner = postfix\n"
			       "        group = postfix\n"
			       "}\n"
			       "backend_file \\(dqusers\\(dq { path = /etc/sasl\\-reason/users }\n"
			       "realm \\(dqexample.org\\(dq { backends = {\\(dqusers\\(dq} }\n"
			       ".RE\n"
			       ".fi\n"
			       ".SH SEE ALSO\n"
			       ".BR sasl\\-reasond (8)\n";

void settings_man_put(FILE *out)
{
	fputs(man_head, out);
	conf_write_man(settings_keys(), out);
	fputs(man_foot, out);
}
