/* SPDX-License-Identifier: MIT */
/* One AUTH exchange: the client's messages in, challenges and at last a verdict out. */
#ifndef ENGINE_EXCHANGE_H
#define ENGINE_EXCHANGE_H

#include "engine/inquire.h"

struct exchange;

/* An answer is ready: exchange_challenge() or exchange_verdict() has it. Called once for each
 * exchange_step(), possibly before that returns; not after exchange_close(). */
typedef void exchange_done(void *owner);

/* Null without memory. */
struct exchange *exchange_open(const struct inquire_request *request, exchange_done *done,
			       void *owner);
void exchange_close(struct exchange **exchange);

/* A message of the client, decoded; absent: it sent none with its AUTH command. Not to be called
 * while an answer is awaited, nor after the verdict. */
void exchange_step(struct exchange *exchange, struct span message);

/* The message could not even be decoded: ends with the verdict. */
void exchange_defect(struct exchange *exchange, enum defect defect);

/* True, and the octets of the challenge (maybe none), if the answer is one. */
bool exchange_challenge(const struct exchange *exchange, struct span *challenge);

/* The inquiry with its verdict, once exchange_challenge() is false. */
const struct inquiry *exchange_verdict(const struct exchange *exchange);

/* With an allowing verdict: the mechanism's final data for the client (SCRAM's "v="); absent if it
 * has none. */
struct span exchange_final(const struct exchange *exchange);

#endif
