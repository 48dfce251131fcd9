/* SPDX-License-Identifier: MIT */
/* The AUTH request: what the daemon is told about the mail client's connection. */
#include "mta/request.h"

#include "base/tabline.h"

/* libsasl2 has "address;port". Anything that cannot be an address is left out. */
static void put_address(struct buf *out, const char *key, const char *with_port)
{
	struct span left = span_of(with_port), address = SPAN_NONE;

	if (!span_take_until(&left, ';', &address) || address.len == 0)
		return;
	for (size_t i = 0; i < address.len; i++)
		if (!span_has(span_of("0123456789abcdefABCDEF.:"), address.at[i]))
			return;
	tabline_put(out, key, address);
}

void request_put(struct buf *out, const char *mechanism, const sasl_server_params_t *params)
{
	buf_put_text(out, mechanism);
	tabline_put(out, "service", span_of(params->service));
	put_address(out, "rip", params->ipremoteport);
	put_address(out, "lip", params->iplocalport);
	if (params->external_ssf > 0)
		buf_put_text(out, "\tsecured");
	buf_put_text(out, "\tfinal-resp-ok\tsasl-reason=1");
}

void request_put_base64(struct buf *out, const sasl_utils_t *utils, struct span response)
{
	unsigned written = 0;

	if (response.len == 0 || out->failed)
		return;
	if (response.len > out->cap ||
	    utils->encode64(response.at, (unsigned)response.len, out->at + out->len,
			    (unsigned)(out->cap - out->len), &written) != SASL_OK)
		out->failed = true;
	else
		out->len += written;
}
