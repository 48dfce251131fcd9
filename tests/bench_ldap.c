/* SPDX-License-Identifier: MIT */
/* What cannot be beaten: libldap alone, in threads that each keep their connections. */
#include "bench_name.h"
#include "bench_tally.h"

#include <lber.h>
#include <ldap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define WARM_NS	    UINT64_C(100000000)
#define THREADS_MAX 64u

static struct {
	const char *uri, *base, *service, *service_password, *name, *password;
	bool binds; /* else the search alone, which then reads the stored secret */
	char *attributes[64];
	uint64_t begin, end;
	struct bench_tally *tallies;
} setup;

static void check(int code, const char *what)
{
	if (code == LDAP_SUCCESS)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, ldap_err2string(code));
	exit(1);
}

static void bind_as(LDAP *link, const char *dn, const char *password)
{
	struct berval secret = {strlen(password), (char *)(size_t)password};

	check(ldap_sasl_bind_s(link, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL), dn);
}

static LDAP *open_link(void)
{
	int version = LDAP_VERSION3;
	LDAP *link = NULL;

	check(ldap_initialize(&link, setup.uri), setup.uri);
	ldap_set_option(link, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(link, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	return link;
}

static void log_in(LDAP *searching, LDAP *binding, unsigned *turn)
{
	char name[BENCH_NAME_MAX], filter[BENCH_NAME_MAX + 8];
	struct timeval limit = {10, 0};
	LDAPMessage *found = NULL;
	char *dn;

	bench_name_next(setup.name, turn, name);
	snprintf(filter, sizeof(filter), "(uid=%s)", name);
	check(ldap_search_ext_s(searching, setup.base, LDAP_SCOPE_SUBTREE, filter, setup.attributes,
				0, NULL, NULL, &limit, 2, &found),
	      filter);
	if (ldap_count_entries(searching, found) != 1)
		check(LDAP_NO_SUCH_OBJECT, filter);
	if (binding) {
		dn = ldap_get_dn(searching, ldap_first_entry(searching, found));
		bind_as(binding, dn, setup.password);
		ldap_memfree(dn);
	}
	ldap_msgfree(found);
}

static void *thread_main(void *arg)
{
	struct bench_tally *tally = arg;
	unsigned turn = (unsigned)(tally - setup.tallies) * 61;
	LDAP *searching = open_link(), *binding = setup.binds ? open_link() : NULL;
	uint64_t before, after = 0;

	bind_as(searching, setup.service, setup.service_password);
	while (after < setup.end) {
		before = bench_tally_now();
		log_in(searching, binding, &turn);
		after = bench_tally_now();
		if (after >= setup.begin && after <= setup.end)
			bench_tally_note(tally, after - before);
	}
	ldap_unbind_ext_s(searching, NULL, NULL);
	if (binding)
		ldap_unbind_ext_s(binding, NULL, NULL);
	return NULL;
}

static bool run(unsigned count, uint64_t counted)
{
	pthread_t threads[THREADS_MAX];

	setup.tallies = bench_tally_shared(count);
	setup.begin = bench_tally_now() + WARM_NS;
	setup.end = setup.begin + counted;
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, thread_main, &setup.tallies[i]) != 0)
			bench_tally_die("no thread");
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return bench_tally_print(setup.tallies, count, counted);
}

/* Separated by commas. */
static void take_attributes(char *list)
{
	size_t room = sizeof(setup.attributes) / sizeof(setup.attributes[0]) - 1;
	char *rest = list;

	for (size_t i = 0; i < room && rest; i++)
		setup.attributes[i] = strsep(&rest, ",");
}

int main(int argc, char **argv)
{
	unsigned threads = argc == 11 ? (unsigned)strtoul(argv[9], NULL, 10) : 0;
	uint64_t counted = argc == 11 ? strtoull(argv[10], NULL, 10) * 1000000 : 0;

	if (threads == 0 || threads > THREADS_MAX || counted == 0 ||
	    strlen(argv[5]) > BENCH_NAME_MAX - 4) {
		fputs("usage: bench_ldap URI BASE SERVICE-DN SERVICE-PASSWORD NAME PASSWORD "
		      "bind|hash ATTRIBUTES THREADS MILLISECONDS\n",
		      stderr);
		return 2;
	}
	setup.uri = argv[1];
	setup.base = argv[2];
	setup.service = argv[3];
	setup.service_password = argv[4];
	setup.name = argv[5];
	setup.password = argv[6];
	setup.binds = strcmp(argv[7], "bind") == 0;
	take_attributes(argv[8]);
	if (!run(threads, counted))
		bench_tally_die("no login was counted");
	return 0;
}
