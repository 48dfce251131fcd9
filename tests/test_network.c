/* SPDX-License-Identifier: MIT */
/* Tests of core/network: whether an address lies in a network, to the bit. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/network.h"

#define V4(a, b, c, d)                                                                             \
	{                                                                                          \
		[10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b), [14] = (c), [15] = (d)           \
	}
#define V6(a, b, last)                                                                             \
	{                                                                                          \
		0x20, 0x01, (a), (b), [15] = (last)                                                \
	}

static const struct {
	const char *name;
	struct network network;
	unsigned char address[16];
	bool want;
} rows[] = {
    {"same host", {V4(192, 0, 2, 7), 128}, V4(192, 0, 2, 7), true},
    {"next host", {V4(192, 0, 2, 7), 128}, V4(192, 0, 2, 6), false},
    {"/24 first", {V4(192, 0, 2, 0), 120}, V4(192, 0, 2, 0), true},
    {"/24 last", {V4(192, 0, 2, 0), 120}, V4(192, 0, 2, 255), true},
    {"/24 before", {V4(192, 0, 2, 0), 120}, V4(192, 0, 1, 255), false},
    {"/24 after", {V4(192, 0, 2, 0), 120}, V4(192, 0, 3, 0), false},
    {"/25 last", {V4(192, 0, 2, 0), 121}, V4(192, 0, 2, 127), true},
    {"/25 after", {V4(192, 0, 2, 0), 121}, V4(192, 0, 2, 128), false},
    {"/31 last", {V4(192, 0, 2, 6), 127}, V4(192, 0, 2, 7), true},
    {"/31 after", {V4(192, 0, 2, 6), 127}, V4(192, 0, 2, 8), false},
    {"/12 last", {V4(172, 16, 0, 0), 108}, V4(172, 31, 255, 255), true},
    {"/12 after", {V4(172, 16, 0, 0), 108}, V4(172, 32, 0, 0), false},
    {"host bits of the network do not count", {V4(192, 0, 2, 99), 120}, V4(192, 0, 2, 7), true},
    {"all of IPv4", {V4(0, 0, 0, 0), 96}, V4(203, 0, 113, 1), true},
    {"all of IPv4 is no IPv6", {V4(0, 0, 0, 0), 96}, V6(0x0d, 0xb8, 1), false},
    {"everything, IPv4", {{0}, 0}, V4(203, 0, 113, 1), true},
    {"everything, IPv6", {{0}, 0}, V6(0x0d, 0xb8, 1), true},
    {"IPv6 /32", {V6(0x0d, 0xb8, 0), 32}, V6(0x0d, 0xb8, 1), true},
    {"IPv6 /32, another", {V6(0x0d, 0xb8, 0), 32}, V6(0x0d, 0xb9, 1), false},
    {"IPv6 /31", {V6(0x0d, 0xb8, 0), 31}, V6(0x0d, 0xb9, 1), true},
    {"half of all", {{0}, 1}, V4(203, 0, 113, 1), true},
    {"the other half", {{0x80}, 1}, V4(203, 0, 113, 1), false},
    {"129 bits", {V4(192, 0, 2, 7), 129}, V4(192, 0, 2, 7), false},
    {"255 bits", {V4(192, 0, 2, 7), 255}, V4(192, 0, 2, 7), false},
};

START_TEST(test_network)
{
	ck_assert_msg(network_has(&rows[_i].network, 1, rows[_i].address) == rows[_i].want, "%s",
		      rows[_i].name);
}
END_TEST

/* Each length against the first address that differs, bit by bit. */
START_TEST(test_every_length)
{
	struct network network = {V6(0x0d, 0xb8, 0x5a), (unsigned char)_i};

	for (unsigned bit = 0; bit < 128; bit++) {
		unsigned char address[16];

		memcpy(address, network.address, sizeof(address));
		address[bit / 8] ^= (unsigned char)(0x80u >> bit % 8);
		ck_assert_msg(network_has(&network, 1, address) == (bit >= (unsigned)_i),
			      "/%d, bit %u", _i, bit);
	}
}
END_TEST

START_TEST(test_list)
{
	static const struct network list[] = {{V4(10, 0, 0, 0), 104}, {V6(0x0d, 0xb8, 0), 32}};
	static const unsigned char first[16] = V4(10, 1, 2, 3), second[16] = V6(0x0d, 0xb8, 1),
				   neither[16] = V4(11, 0, 0, 0);

	ck_assert(network_has(list, 2, first));
	ck_assert(network_has(list, 2, second));
	ck_assert(!network_has(list, 1, second));
	ck_assert(!network_has(list, 2, neither));
	ck_assert(!network_has(NULL, 0, first));
}
END_TEST

static const struct {
	const char *name;
	unsigned char address[16];
	unsigned ipv4_bits, ipv6_bits;
	struct network want;
} around_rows[] = {
    {"IPv4 host", V4(192, 0, 2, 7), 32, 64, {V4(192, 0, 2, 7), 128}},
    {"IPv4 /24", V4(192, 0, 2, 7), 24, 64, {V4(192, 0, 2, 0), 120}},
    {"IPv4 /29", V4(192, 0, 2, 15), 29, 64, {V4(192, 0, 2, 8), 125}},
    {"all of IPv4", V4(192, 0, 2, 7), 0, 64, {V4(0, 0, 0, 0), 96}},
    {"IPv6 /64", V6(0x0d, 0xb8, 9), 32, 64, {V6(0x0d, 0xb8, 0), 64}},
    {"IPv6 host", V6(0x0d, 0xb8, 9), 32, 128, {V6(0x0d, 0xb8, 9), 128}},
    {"IPv6 /28", V6(0x0d, 0xb8, 9), 32, 28, {V6(0x0d, 0xb0, 0), 28}},
};

START_TEST(around)
{
	struct network network = network_around(around_rows[_i].address, around_rows[_i].ipv4_bits,
						around_rows[_i].ipv6_bits);

	ck_assert_msg(network.bits == around_rows[_i].want.bits &&
			  memcmp(network.address, around_rows[_i].want.address, 16) == 0,
		      "%s", around_rows[_i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network");
	TCase *tests = tcase_create("network");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_network, 0, (int)(sizeof(rows) / sizeof(*rows)));
	tcase_add_loop_test(tests, test_every_length, 0, 129);
	tcase_add_test(tests, test_list);
	tcase_add_loop_test(tests, around, 0,
			    (int)(sizeof(around_rows) / sizeof(*around_rows)));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
