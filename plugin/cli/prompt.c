/* SPDX-License-Identifier: MIT */
/* A password from the terminal without echo, from a file, or from standard input. */
#include "cli/prompt.h"

#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Those that would end or stop the program while there is no echo. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t came;

static void note(int number)
{
	came = number;
}

enum line { LINE_FAULT, LINE_SIGNAL, LINE_TOO_LONG, LINE_READ };

/* Waits until there is something to read, with the signals of `awaited` let in for that time alone,
 * so that none can come between a look at `came` and the wait. Null: no wait. */
static bool wait_octet(int fd, const sigset_t *awaited)
{
	struct pollfd entry = {fd, POLLIN, 0};

	while (awaited && !came && ppoll(&entry, 1, NULL, awaited) < 0)
		if (errno != EINTR)
			return false;
	return !came;
}

/* One line of a descriptor, octet by octet so that nothing behind it is taken. */
static enum line read_line(int fd, const sigset_t *awaited, char line[PROMPT_MAX + 1], size_t *len)
{
	char octet = 0;
	enum line result = LINE_READ;

	for (*len = 0; result == LINE_READ || result == LINE_TOO_LONG;) {
		ssize_t got = wait_octet(fd, awaited) ? read(fd, &octet, 1) : -1;

		if (got < 0 && came)
			result = LINE_SIGNAL;
		else if (got < 0 && errno != EINTR)
			result = LINE_FAULT;
		else if (got == 0 || (got > 0 && octet == '\n'))
			break;
		else if (got > 0 && *len < PROMPT_MAX)
			line[(*len)++] = octet;
		else if (got > 0)
			result = LINE_TOO_LONG;
	}
	secret_wipe_octets(&octet, 1);
	if (*len && line[*len - 1] == '\r' && !awaited)
		(*len)--;
	return result;
}

/* Our handlers instead of what is there, or that again; the signals wait meanwhile. */
static void catch_signals(bool ours, struct sigaction before[SIGNALS], sigset_t *mask)
{
	struct sigaction handler = {.sa_handler = note};
	sigset_t all;

	sigemptyset(&all);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&all, signals[i]);
	if (ours)
		sigprocmask(SIG_BLOCK, &all, mask);
	for (size_t i = 0; i < SIGNALS; i++) {
		if (ours)
			sigaction(signals[i], &handler, &before[i]);
		else
			sigaction(signals[i], &before[i], NULL);
	}
	if (!ours)
		sigprocmask(SIG_SETMASK, mask, NULL);
}

/* Asks once. A signal is raised again when the echo is back; after a stop it goes on asking. */
static enum line ask_terminal(int fd, const char *question, char line[PROMPT_MAX + 1], size_t *len)
{
	struct sigaction before[SIGNALS];
	struct termios with, without;
	enum line result;
	sigset_t mask;
	int number;

	do {
		if (tcgetattr(fd, &with))
			return LINE_FAULT;
		without = with;
		without.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		came = 0;
		catch_signals(true, before, &mask);
		tcsetattr(fd, TCSAFLUSH, &without);
		dprintf(fd, "%s", question);
		result = read_line(fd, &mask, line, len);
		tcsetattr(fd, TCSAFLUSH, &with);
		dprintf(fd, "\n");
		catch_signals(false, before, &mask);
		number = came;
		came = 0;
		if (number)
			raise(number);
	} while (number == SIGTSTP);
	return number ? LINE_SIGNAL : result;
}

static enum cli_exit judge(const struct cli *cli, enum line line, const char *from)
{
	switch (line) {
	case LINE_READ:
		return CLI_DONE;
	case LINE_TOO_LONG:
		return say_fault(cli, CLI_USAGE, "the password is longer than %d octets",
				 PROMPT_MAX);
	case LINE_SIGNAL:
		return say_fault(cli, CLI_USAGE, "interrupted");
	case LINE_FAULT:
		break;
	}
	return say_fault(cli, CLI_USAGE, "cannot read the password from %s: %s", from,
			 strerror(errno));
}

static enum cli_exit keep(const struct cli *cli, const char *line, size_t len,
			  struct secret *secret)
{
	if (len == 0)
		return say_fault(cli, CLI_USAGE, "the password is empty");
	if (!secret_init(secret, (struct span){line, len}))
		return say_fault(cli, CLI_CANNOT_TELL, "no memory");
	return CLI_DONE;
}

static enum cli_exit take_terminal(const struct cli *cli, const char *question, bool confirm,
				   struct secret *secret)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char first[PROMPT_MAX + 1], second[PROMPT_MAX + 1];
	size_t first_len = 0, second_len = 0;
	enum cli_exit status;

	if (fd < 0)
		return say_fault(cli, CLI_USAGE,
				 "there is no terminal to ask for the password: use "
				 "--password-file or --password-stdin");
	status = judge(cli, ask_terminal(fd, question, first, &first_len), "the terminal");
	if (status == CLI_DONE && confirm)
		status = judge(cli, ask_terminal(fd, "Once more: ", second, &second_len),
			       "the terminal");
	close(fd);
	if (status == CLI_DONE && confirm &&
	    (first_len != second_len || memcmp(first, second, first_len) != 0))
		status = say_fault(cli, CLI_USAGE, "the two are not the same");
	if (status == CLI_DONE)
		status = keep(cli, first, first_len, secret);
	secret_wipe_octets(first, sizeof(first));
	secret_wipe_octets(second, sizeof(second));
	return status;
}

static enum cli_exit take_descriptor(const struct cli *cli, int fd, const char *from,
				     struct secret *secret)
{
	char line[PROMPT_MAX + 1];
	size_t len = 0;
	enum cli_exit status = judge(cli, read_line(fd, NULL, line, &len), from);

	if (status == CLI_DONE)
		status = keep(cli, line, len, secret);
	secret_wipe_octets(line, sizeof(line));
	return status;
}

static enum cli_exit take_file(const struct cli *cli, const char *path, struct secret *secret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum cli_exit status;

	if (fd < 0)
		return say_fault(cli, CLI_USAGE, "cannot read %s: %s", path, strerror(errno));
	status = take_descriptor(cli, fd, path, secret);
	close(fd);
	return status;
}

enum cli_exit prompt_take(const struct cli *cli, const struct args *args, const char *question,
			  bool confirm, bool input, struct secret *secret)
{
	const char *path = args_value(args, "password-file");
	bool from_input = args_has(args, "password-stdin");

	*secret = (struct secret){NULL, 0};
	if (path && from_input)
		return say_fault(cli, CLI_USAGE, "either --password-file or --password-stdin");
	if (path)
		return take_file(cli, path, secret);
	if (from_input || (input && !isatty(STDIN_FILENO)))
		return take_descriptor(cli, STDIN_FILENO, "standard input", secret);
	return take_terminal(cli, question, confirm, secret);
}
