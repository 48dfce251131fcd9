/* SPDX-License-Identifier: MIT */
/* The addresses of a host, by a deadline: the system's resolver may take half a minute. */
#include "backend/ldap_resolve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_clock.h"
#include "base/buf.h"

#define GIVEN_UP_MAX 8

struct question {
	struct question *next;
	struct gaicb ask;
	struct gaicb *list[1];
	struct addrinfo hints;
	char port[8];
	char host[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct question *given_up;

static void free_question(struct question *question)
{
	if (question->ask.ar_result)
		freeaddrinfo(question->ask.ar_result);
	free(question);
}

/* Frees what has ended of those that were given up. True if few are left. */
static bool clear_away(void)
{
	unsigned left = 0;

	pthread_mutex_lock(&lock);
	for (struct question **at = &given_up; *at;) {
		struct question *question = *at;

		if (gai_error(&question->ask) == EAI_INPROGRESS) {
			left++;
			at = &question->next;
			continue;
		}
		*at = question->next;
		free_question(question);
	}
	pthread_mutex_unlock(&lock);
	return left < GIVEN_UP_MAX;
}

static void give_up(struct question *question)
{
	if (gai_cancel(&question->ask) != EAI_NOTCANCELED) {
		free_question(question);
		return;
	}
	pthread_mutex_lock(&lock);
	question->next = given_up;
	given_up = question;
	pthread_mutex_unlock(&lock);
}

static struct question *make_question(const char *host, uint16_t port)
{
	size_t len = strlen(host);
	struct question *question = calloc(1, sizeof(*question) + len + 1);
	struct buf digits;

	if (!question)
		return NULL;
	digits = BUF_ON(question->port);
	buf_put_number(&digits, port);
	memcpy(question->host, host, len);
	question->hints.ai_socktype = SOCK_STREAM;
	question->hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
	question->ask.ar_name = question->host;
	question->ask.ar_service = question->port;
	question->ask.ar_request = &question->hints;
	question->list[0] = &question->ask;
	return question;
}

/* Of an address no server is asked. */
static int resolve_at_once(struct question *question, struct addrinfo **found)
{
	struct addrinfo hints = question->hints;

	hints.ai_flags |= AI_NUMERICHOST;
	return getaddrinfo(question->host, question->port, &hints, found);
}

/* EAI_AGAIN if it has not ended by `due`. */
static int wait_for(struct question *question, uint64_t due)
{
	int error = EAI_INPROGRESS;
	int left;

	while (error == EAI_INPROGRESS && (left = ldap_clock_left(due)) > 0) {
		struct timespec wait = {left / 1000, left % 1000 * 1000000L};

		gai_suspend((const struct gaicb *const *)question->list, 1, &wait);
		error = gai_error(&question->ask);
	}
	return error == EAI_INPROGRESS ? EAI_AGAIN : error;
}

int ldap_resolve(const char *host, uint16_t port, uint64_t due, struct addrinfo **found)
{
	struct question *question = make_question(host, port);
	int error;

	*found = NULL;
	if (!question)
		return EAI_MEMORY;
	error = resolve_at_once(question, found);
	if (error != EAI_NONAME) {
		free_question(question);
		return error;
	}
	if (!clear_away())
		error = EAI_AGAIN;
	else
		error = getaddrinfo_a(GAI_NOWAIT, question->list, 1, NULL);
	if (error) {
		free_question(question);
		return error;
	}
	error = wait_for(question, due);
	if (error == 0) {
		*found = question->ask.ar_result;
		question->ask.ar_result = NULL;
	}
	give_up(question);
	return error;
}
