/* SPDX-License-Identifier: MIT */
/* A fuzz target: linked with fuzz_drive.c it is an ordinary test, with -fsanitize=fuzzer a fuzzer. */
#ifndef FUZZ_FUZZ_DRIVE_H
#define FUZZ_FUZZ_DRIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Texts that mutations start from; the last is null. */
extern const char *const fuzz_seeds[];

/* libFuzzer's entry point. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
#define FUZZ_HOLDS(what)                                                                           \
	((what) ? (void)0                                                                          \
		: (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what), abort()))

#endif
