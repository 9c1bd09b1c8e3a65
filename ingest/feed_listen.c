#include "ingest/feed_listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEED_BACKLOG 511

/* Splits "host:port" and "[host]:port". */
static enum rc
feed_listen_split(
    struct span address, char host[256], char port[16], struct err *err)
{
	const char *colon =
	    address.len == 0 ? NULL : memrchr(address.at, ':', address.len);
	struct span name;

	if (colon == NULL)
		return err_set(err, RC_FATAL,
		    "the address \"%.*s\" has no port: write 127.0.0.1:4433",
		    SPAN_ARGS(address));
	name = span_make(address.at, (size_t)(colon - address.at));
	if (name.len >= 2 && name.at[0] == '[' && name.at[name.len - 1] == ']')
		name = span_make(name.at + 1, name.len - 2);
	if ((size_t)snprintf(host, 256, "%.*s", SPAN_ARGS(name)) >= 256 ||
	    (size_t)snprintf(port, 16, "%.*s",
		(int)(address.at + address.len - colon - 1), colon + 1) >= 16)
		return err_set(err, RC_FATAL, "the address is too long");
	return RC_OK;
}

static int
feed_listen_try(const struct addrinfo *info)
{
	int one = 1, saved;
	int fd = socket(info->ai_family,
	    info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    info->ai_protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
	    listen(fd, FEED_BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static unsigned
feed_listen_port(int fd)
{
	struct sockaddr_storage name = {0};
	socklen_t len = sizeof(name);
	char port[16] = "0";

	if (getsockname(fd, (struct sockaddr *)&name, &len) == 0)
		getnameinfo((struct sockaddr *)&name, len, NULL, 0, port,
		    sizeof(port), NI_NUMERICSERV);
	return (unsigned)strtoul(port, NULL, 10);
}

enum rc
feed_listen(int *listener, unsigned *port, struct span address, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found, *at;
	char host[256], service[16];
	enum rc rc = feed_listen_split(address, host, service, err);
	int got;

	if (rc != RC_OK)
		return rc;
	got =
	    getaddrinfo(host[0] == '\0' ? NULL : host, service, &hints, &found);
	if (got != 0)
		return err_set(err, RC_FATAL, "cannot listen on %.*s: %s",
		    SPAN_ARGS(address), gai_strerror(got));
	*listener = -1;
	for (at = found; at != NULL && *listener < 0; at = at->ai_next)
		*listener = feed_listen_try(at);
	if (*listener < 0)
		rc = err_errno(
		    err, RC_FATAL, "cannot listen on %.*s", SPAN_ARGS(address));
	else
		*port = feed_listen_port(*listener);
	freeaddrinfo(found);
	return rc;
}
