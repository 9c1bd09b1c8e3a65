#include "app/address.h"

#include <netdb.h>
#include <stdio.h>

struct span
address_host(struct span text)
{
	const char *colon =
	    text.len == 0 ? NULL : memrchr(text.at, ':', text.len);

	return colon == NULL ? text
			     : span_make(text.at, (size_t)(colon - text.at));
}

static bool
address_split(struct span text, char host[256], char port[8])
{
	struct span left = address_host(text), right;

	if (left.len == text.len)
		return false;
	right = span_make(left.at + left.len + 1, text.len - left.len - 1);
	if (left.len >= 2 && left.at[0] == '[' && left.at[left.len - 1] == ']')
		left = span_make(left.at + 1, left.len - 2);
	return snprintf(host, 256, "%.*s", SPAN_ARGS(left)) < 256 &&
	    snprintf(port, 8, "%.*s", SPAN_ARGS(right)) < 8;
}

enum rc
address_resolve(struct address *out, struct span text, struct err *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	char host[256], port[8];
	int failed;

	if (!address_split(text, host, port))
		return err_set(err, RC_REJECT,
		    "%.*s is no address; write HOST:PORT", SPAN_ARGS(text));
	failed = getaddrinfo(host, port, &hints, &found);
	if (failed != 0)
		return err_set(err, RC_REJECT, "%.*s: %s", SPAN_ARGS(text),
		    gai_strerror(failed));
	memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
	out->len = found->ai_addrlen;
	freeaddrinfo(found);
	return RC_OK;
}

bool
address_is_loopback(struct span text)
{
	struct span host = address_host(text);

	/* A name that merely begins with 127. resolves to anything. */
	for (size_t i = 0; span_starts(host, "127.") && i < host.len; i++)
		if (strchr("0123456789.", host.at[i]) == NULL)
			return false;
	return span_starts(host, "127.") || span_is(host, "[::1]") ||
	    span_is(host, "localhost");
}
