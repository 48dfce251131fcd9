/* SPDX-License-Identifier: MIT */
/* An LDAP server that misbehaves, and one that counts failures as Active Directory does: for tests.
 */
#include "ldap_fake.h"

#include <arpa/inet.h>
#include <ldap.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NOTICE "1.3.6.1.4.1.1466.20036"

struct connection {
	struct ldap_fake *fake;
	struct connection *next;
	int fd;
	char octets[300000];
	size_t len;
};

struct request {
	ber_int_t id;
	ber_tag_t tag;
	struct berval base; /* of a search; the name of a bind */
	struct berval secret;
	ber_int_t scope;
	const char *octets;
	size_t len;
};

/* Of the lists of connections. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is(const struct berval *value, const char *text)
{
	return value->bv_len == strlen(text) && memcmp(value->bv_val, text, value->bv_len) == 0;
}

/* False if the peer has gone or all is to end. */
static bool nap(struct connection *it, int ms)
{
	struct pollfd gone = {it->fd, POLLRDHUP, 0};

	for (; ms > 0 && !it->fake->ending; ms -= 20)
		if (poll(&gone, 1, 20) > 0)
			return false;
	return !it->fake->ending;
}

static bool put(struct connection *it, const char *octets, size_t len)
{
	return send(it->fd, octets, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool put_slowly(struct connection *it, const char *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!put(it, octets + i, 1) || !nap(it, 1000))
			return false;
	return true;
}

/* Sends and frees an answer in the manner of the mode; false if the connection is to end. */
static bool answer(struct connection *it, BerElement *ber)
{
	enum ldap_fake_mode mode = it->fake->mode;
	struct berval octets = {0, NULL};
	bool ok = false;

	if (ber_flatten2(ber, &octets, 0) != 0)
		abort();
	if (mode == LDAP_FAKE_DRIP)
		ok = put_slowly(it, octets.bv_val, octets.bv_len);
	else if (mode == LDAP_FAKE_HALF)
		put(it, octets.bv_val, octets.bv_len / 2);
	else if (mode == LDAP_FAKE_HANG)
		ok = put(it, octets.bv_val, octets.bv_len / 2) && nap(it, 60000);
	else if (mode == LDAP_FAKE_GARBAGE)
		ok = put(it, "HTTP/1.0 400 Bad Request\r\n\r\n", 28);
	else
		ok = put(it, octets.bv_val, octets.bv_len);
	ber_free(ber, 1);
	return ok;
}

static bool answer_code(struct connection *it, const struct request *request, ber_tag_t tag,
			int code, const char *text)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{ess}}", request->id, tag, code, "", text ? text : "");
	return answer(it, ber);
}

static void put_attribute(BerElement *ber, const char *name, const char *value)
{
	ber_printf(ber, "{s[s]}", name, value);
}

static void put_number(BerElement *ber, const char *name, int value)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", value);
	if (value >= 0)
		put_attribute(ber, name, digits);
}

static bool answer_entry(struct connection *it, const struct request *request,
			 struct ldap_fake_entry *entry)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{s{", request->id, LDAP_RES_SEARCH_ENTRY, entry->dn);
	for (size_t i = 0; i < LDAP_FAKE_ATTRIBUTES && entry->attributes[i][0]; i++)
		put_attribute(ber, entry->attributes[i][0], entry->attributes[i][1]);
	put_number(ber, "badPwdCount", entry->bad_count);
	put_number(ber, "badPasswordTime", entry->bad_time);
	ber_printf(ber, "}}}");
	return answer(it, ber);
}

static bool finds(const struct request *request, const struct ldap_fake_entry *entry)
{
	if (request->scope == LDAP_SCOPE_BASE)
		return is(&request->base, entry->dn);
	return entry->name &&
	       memmem(request->octets, request->len, entry->name, strlen(entry->name));
}

static bool on_search(struct connection *it, const struct request *request)
{
	struct ldap_fake *fake = it->fake;

	fake->searches++;
	if (fake->mode == LDAP_FAKE_SEARCH)
		return answer_code(it, request, LDAP_RES_SEARCH_RESULT, fake->code, fake->text);
	for (size_t i = 0; i < fake->entry_count; i++)
		if (finds(request, &fake->entries[i]) &&
		    !answer_entry(it, request, &fake->entries[i]))
			return false;
	return answer_code(it, request, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, NULL);
}

static void count_failure(struct ldap_fake *fake, struct ldap_fake_entry *entry)
{
	if (fake->frozen || entry->bad_count < 0)
		return;
	entry->bad_count++;
	entry->bad_time++;
}

static int judge(struct ldap_fake *fake, const struct request *request)
{
	if (request->secret.bv_len == 0 || fake->mode == LDAP_FAKE_OPEN)
		return LDAP_SUCCESS;
	if (fake->mode == LDAP_FAKE_BIND)
		return fake->code;
	for (size_t i = 0; i < fake->entry_count; i++) {
		struct ldap_fake_entry *entry = &fake->entries[i];

		if (!is(&request->base, entry->dn))
			continue;
		if (fake->mode == LDAP_FAKE_ACCOUNT)
			return fake->code;
		if (entry->right && is(&request->secret, entry->right))
			return LDAP_SUCCESS;
		if (!entry->old || !is(&request->secret, entry->old))
			count_failure(fake, entry);
	}
	return LDAP_INVALID_CREDENTIALS;
}

static bool on_bind(struct connection *it, const struct request *request)
{
	int code = judge(it->fake, request);

	it->fake->binds++;
	return answer_code(it, request, LDAP_RES_BIND, code, code ? it->fake->text : NULL);
}

static bool on_change(struct connection *it, const struct request *request)
{
	enum ldap_fake_mode mode = it->fake->mode;

	it->fake->changes++;
	if (mode == LDAP_FAKE_LEAVE)
		return false;
	if (mode == LDAP_FAKE_FORGET)
		return nap(it, 60000);
	return answer_code(it, request, LDAP_RES_MODIFY,
			   mode == LDAP_FAKE_CHANGE ? it->fake->code : LDAP_SUCCESS,
			   it->fake->text);
}

/* The head of a TLS handshake, to whoever wants one. */
static const char tls_record[64] = {0x16, 3, 3, 0x20, 0, 2, 0, 0x1f, 0, 3, 3};

static bool on_request(struct connection *it, const struct request *request)
{
	bool ok = true;

	if (it->fake->mode == LDAP_FAKE_SHUT)
		return false;
	if (it->fake->mode == LDAP_FAKE_SILENT)
		return nap(it, 60000);
	if (request->tag == LDAP_REQ_SEARCH)
		ok = on_search(it, request);
	else if (request->tag == LDAP_REQ_BIND)
		ok = on_bind(it, request);
	else if (request->tag == LDAP_REQ_MODIFY)
		ok = on_change(it, request);
	else if (it->fake->mode == LDAP_FAKE_DRIP)
		ok = put_slowly(it, tls_record, sizeof(tls_record));
	else
		return false; /* goodbye */
	if (ok && it->fake->mode == LDAP_FAKE_NOTICE) {
		BerElement *ber = ber_alloc_t(LBER_USE_DER);

		ber_printf(ber, "{it{essts}}", 0, LDAP_RES_EXTENDED, LDAP_UNAVAILABLE, "", "bye",
			   LDAP_TAG_EXOP_RES_OID, NOTICE);
		answer(it, ber);
	}
	return ok && it->fake->mode != LDAP_FAKE_ONCE && it->fake->mode != LDAP_FAKE_NOTICE;
}

/* Octets of the message at the front; 0 if it is not whole. */
static size_t message_length(const struct connection *it)
{
	const unsigned char *at = (const unsigned char *)it->octets;
	size_t len = 0, head = 2;

	if (it->len < 2)
		return 0;
	len = at[1];
	if (len & 0x80) {
		head += len & 0x7f;
		if (it->len < head)
			return 0;
		len = 0;
		for (size_t i = 2; i < head; i++)
			len = len << 8 | at[i];
	}
	return it->len >= head + len ? head + len : 0;
}

static bool take_message(struct connection *it, size_t len)
{
	struct berval octets = {len, it->octets};
	struct request request = {.octets = it->octets, .len = len};
	BerElement *ber = ber_init(&octets);
	ber_len_t skipped;
	ber_int_t version;
	bool ok;

	ber_scanf(ber, "{i", &request.id);
	request.tag = ber_peek_tag(ber, &skipped);
	if (request.tag == LDAP_REQ_SEARCH)
		ber_scanf(ber, "{me", &request.base, &request.scope);
	else if (request.tag == LDAP_REQ_BIND)
		ber_scanf(ber, "{imm", &version, &request.base, &request.secret);
	ok = on_request(it, &request);
	ber_free(ber, 1);
	it->len -= len;
	memmove(it->octets, it->octets + len, it->len);
	return ok;
}

static bool take_octets(struct connection *it)
{
	struct pollfd ready = {it->fd, POLLIN, 0};
	ssize_t got;

	if (poll(&ready, 1, 20) <= 0)
		return true;
	got = recv(it->fd, it->octets + it->len, sizeof(it->octets) - it->len, 0);
	if (got > 0)
		it->len += (size_t)got;
	return got > 0;
}

/* Whether its peer has not closed it: its thread may hear of that later. */
static bool is_open(const struct connection *it)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return getsockopt(it->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_state == TCP_ESTABLISHED;
}

static void enter(struct connection *it)
{
	struct ldap_fake *fake = it->fake;
	int open = 0;

	pthread_mutex_lock(&lock);
	it->next = fake->served;
	fake->served = it;
	for (const struct connection *each = it; each; each = each->next)
		open += is_open(each);
	if (open > fake->most)
		fake->most = open;
	pthread_mutex_unlock(&lock);
}

static void leave(struct connection *it)
{
	struct connection **at = &it->fake->served;

	pthread_mutex_lock(&lock);
	while (*at != it)
		at = &(*at)->next;
	*at = it->next;
	close(it->fd);
	pthread_mutex_unlock(&lock);
}

static void *serve(void *argument)
{
	struct connection *it = argument;
	struct ldap_fake *fake = it->fake;
	size_t len;
	bool ok = true;

	enter(it);
	while (ok && !fake->ending) {
		ok = take_octets(it);
		while (ok && (len = message_length(it)) > 0)
			ok = take_message(it, len);
	}
	leave(it);
	free(it);
	fake->threads--;
	return NULL;
}

static void take_connection(struct ldap_fake *fake)
{
	struct pollfd ready = {fake->listener, POLLIN, 0};
	struct connection *it;
	pthread_t thread;
	int one = 1;

	if (poll(&ready, 1, 20) <= 0)
		return;
	it = calloc(1, sizeof(*it));
	if (!it)
		abort();
	it->fake = fake;
	it->fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fake->connections++;
	fake->threads++;
	if (pthread_create(&thread, NULL, serve, it) != 0 || pthread_detach(thread) != 0)
		abort();
}

static void *listen_on(void *argument)
{
	struct ldap_fake *fake = argument;

	while (!fake->ending)
		take_connection(fake);
	return NULL;
}

void ldap_fake_start(struct ldap_fake *fake)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)fake->port),
				      .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(address);
	int one = 1;

	fake->ending = false;
	fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fake->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fake->listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(fake->listener, 64) != 0 ||
	    getsockname(fake->listener, (struct sockaddr *)&address, &len) != 0)
		abort();
	/* On the port of before its name stays: a backend may be reading it. */
	if (fake->port == 0)
		snprintf(fake->uri, sizeof(fake->uri), "ldap://127.0.0.1:%d",
			 ntohs(address.sin_port));
	fake->port = ntohs(address.sin_port);
	if (pthread_create(&fake->thread, NULL, listen_on, fake) != 0)
		abort();
}

void ldap_fake_stop(struct ldap_fake *fake)
{
	const struct timespec pause = {0, 1000000};

	fake->ending = true;
	pthread_join(fake->thread, NULL);
	close(fake->listener);
	while (fake->threads > 0)
		nanosleep(&pause, NULL);
}
