/* SPDX-License-Identifier: MIT */
/* Answers on their way out: those of one turn of the loop to one connection leave in one write. */
#include "face/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* What a peer that does not read may have waiting. */
#define UNSENT_MAX (256u * 1024)

/* One for all: it belongs to the connection that was written to last. */
static char gathered_storage[64 * 1024];
static struct buf gathered = BUF_ON(gathered_storage);
static struct outbox *gatherer;

struct sending {
	uv_write_t request;
	struct outbox *outbox; /* its owner lives until the stream is closed, after this */
	char octets[];
};

static void on_sent(uv_write_t *request, int status)
{
	struct sending *sending = (struct sending *)request;
	struct outbox *outbox = sending->outbox;

	free(sending);
	if (status < 0 && !uv_is_closing((uv_handle_t *)outbox->stream))
		outbox->broken(outbox->owner, NULL);
}

static void send_rest(struct outbox *outbox, struct span octets)
{
	struct sending *sending;
	uv_buf_t chunk;

	if (uv_stream_get_write_queue_size(outbox->stream) + octets.len > UNSENT_MAX) {
		outbox->broken(outbox->owner, "it does not read its answers");
		return;
	}
	sending = malloc(sizeof(*sending) + octets.len);
	if (!sending) {
		outbox->broken(outbox->owner, "out of memory");
		return;
	}
	sending->outbox = outbox;
	memcpy(sending->octets, octets.at, octets.len);
	chunk = uv_buf_init(sending->octets, (unsigned)octets.len);
	if (uv_write(&sending->request, outbox->stream, &chunk, 1, on_sent) != 0) {
		free(sending);
		outbox->broken(outbox->owner, NULL);
	}
}

static void send_now(struct outbox *outbox, struct span octets)
{
	uv_buf_t chunk = uv_buf_init((char *)(uintptr_t)octets.at, (unsigned)octets.len);
	int sent = uv_try_write(outbox->stream, &chunk, 1);

	if (sent < 0 && sent != UV_EAGAIN) {
		outbox->broken(outbox->owner, NULL);
		return;
	}
	sent = sent > 0 ? sent : 0;
	octets.at += sent;
	octets.len -= (size_t)sent;
	if (octets.len)
		send_rest(outbox, octets);
}

void outbox_flush(void)
{
	struct outbox *outbox = gatherer;

	gatherer = NULL;
	if (outbox && gathered.len)
		send_now(outbox, buf_span(&gathered));
	gathered.len = 0;
}

void outbox_put(struct outbox *outbox, struct span octets)
{
	if (gatherer != outbox || gathered.cap - gathered.len < octets.len)
		outbox_flush();
	/* The flush may have found that it is broken. */
	if (uv_is_closing((uv_handle_t *)outbox->stream))
		return;
	gatherer = outbox;
	buf_put_span(&gathered, octets);
}

void outbox_close(struct outbox *outbox)
{
	if (gatherer == outbox)
		outbox_flush();
}
